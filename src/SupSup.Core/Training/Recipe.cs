using SupSup.Core.Naming;
using SupSup.Core.Optimizers;

namespace SupSup.Core.Training;

/// <summary>How a mask is trained: plain data, read from recipes.json or made by the caller.</summary>
public sealed record Recipe : INamed
{
    /// <summary>The recipe's name.</summary>
    public required string Name { get; init; }

    /// <summary>Counts what was changed under the name; models that are named by their recipe are named by it too.</summary>
    public int Revision { get; init; } = 1;

    /// <summary>One line on what it is.</summary>
    public string Description { get; init; } = "";

    /// <summary>Optimiser name, one of <see cref="ScoreOptimizers"/>.</summary>
    public required string Optimizer { get; init; }

    /// <summary>Peak learning rate of the scores.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Learning rate of the first layer's scores, where it differs.</summary>
    public double? FirstLayerLearningRate { get; init; }

    /// <summary>
    /// Whether every task starts from the same scores, drawn from the model's seed, instead of scores of its own. Weights
    /// that no task moved are then the same in all masks, so that they do not blur what tells the masks apart in
    /// superposition.
    /// </summary>
    public bool SharedInitialScores { get; init; }

    /// <summary>Learning-rate schedule name, one of <see cref="Schedules"/>.</summary>
    public required string Schedule { get; init; }

    /// <summary>Number of batches, at least 1.</summary>
    public required int Batches { get; init; }

    /// <summary>Examples per batch, at least 1.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Checks every value.</summary>
    /// <returns>This recipe.</returns>
    /// <exception cref="ArgumentException">A value is out of range or a name unknown.</exception>
    public Recipe Validated()
    {
        if (Batches < 1) throw new ArgumentException($"recipe '{Name}': batches must be at least 1, not {Batches}");
        if (BatchSize < 1) throw new ArgumentException($"recipe '{Name}': batchSize must be at least 1, not {BatchSize}");
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate))
            throw new ArgumentException($"recipe '{Name}': learningRate must be positive, not {LearningRate}");
        if (FirstLayerLearningRate is { } rate && !(rate > 0 && double.IsFinite(rate)))
            throw new ArgumentException($"recipe '{Name}': firstLayerLearningRate must be positive, not {rate}");
        _ = ScoreOptimizers.Get(Optimizer);
        _ = Schedules.Get(Schedule);
        return this;
    }
}
