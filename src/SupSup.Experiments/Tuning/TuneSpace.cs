using System.Collections.Immutable;
using SupSup.Experiments.Configuration;

namespace SupSup.Experiments.Tuning;

/// <summary>The recipes that a search tries: every combination, on ever more tasks.</summary>
public sealed record TuneSpace
{
    public ImmutableArray<double> LearningRates { get; init; } = [1e-3, 1.5e-3, 2e-3, 3e-3];

    /// <summary>Learning rates of the first layer, as shares of the others'.</summary>
    public ImmutableArray<double> FirstLayerShares { get; init; } = [0.33, 0.5, 1];

    /// <summary>Whether tasks share their initial scores.</summary>
    public ImmutableArray<bool> SharedInitialScores { get; init; } = [true, false];

    /// <summary>Tasks of each stage; after each the better half goes on.</summary>
    public ImmutableArray<int> Stages { get; init; } = [10, 50, 250];

    /// <summary>Every combination, as experiments on the tasks of the first stage.</summary>
    /// <param name="experiment">What the recipes are tried on.</param>
    /// <exception cref="ArgumentException">A list is empty, a rate not positive, or the stages do not grow.</exception>
    public ImmutableArray<ExperimentConfig> Trials(ExperimentConfig experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        if (LearningRates.IsEmpty || FirstLayerShares.IsEmpty || SharedInitialScores.IsEmpty || Stages.IsEmpty)
            throw new ArgumentException("a search needs at least one value of each kind, and one stage");
        if (LearningRates.Concat(FirstLayerShares).Any(value => !(value > 0)))
            throw new ArgumentException("learning rates and their shares must be positive");
        if (Stages[0] < 1 || Stages.Zip(Stages.Skip(1)).Any(pair => pair.Second <= pair.First))
            throw new ArgumentException($"the stages must grow, not {string.Join(", ", Stages)}");
        return
        [
            .. from shared in SharedInitialScores
               from rate in LearningRates
               from share in FirstLayerShares
               select (experiment with { LearningRate = rate, FirstLayerLearningRate = Math.Round(rate * share, 7),
                   SharedInitialScores = shared }).Validated(),
        ];
    }
}
