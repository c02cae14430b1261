using System.Collections.Immutable;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;

namespace SupSup.Core.Training;

/// <summary>All that a training needs to go on elsewhere, bit-identically.</summary>
/// <param name="BatchesDone">Batches trained.</param>
/// <param name="Scores">Per layer the scores, [out · in].</param>
/// <param name="OptimizerState">Per layer the optimiser's state.</param>
/// <param name="TailLoss">Sum of the losses over the last tenth of the recipe's batches, so far, in nats.</param>
public sealed record TrainingCheckpoint(
    int BatchesDone, ImmutableArray<float[]> Scores, ImmutableArray<float[]> OptimizerState, double TailLoss)
{
    /// <summary>Checksum of the dataset that was trained on; null where that is not known.</summary>
    public string? DataChecksum { get; init; }

    /// <summary>Running statistics of the normalised channels, means and then variances; empty where the plan does not normalise.</summary>
    public float[] Statistics { get; init; } = [];

    /// <summary>The best mask so far of a training that validates; else null.</summary>
    public ValidatedMask? Best { get; init; }

    /// <summary>Batches of the search for the best mask, where the task is trained again since on all its examples; else 0. They are not
    /// among <see cref="BatchesDone"/>.</summary>
    public int BatchesBefore { get; init; }

    /// <summary>All batches trained, of the search too.</summary>
    public int Position => BatchesBefore + BatchesDone;

    /// <summary>Whether a training on these data can go on from here; data that have changed are another task.</summary>
    /// <param name="checksum">The dataset's checksum.</param>
    public bool IsOf(string checksum) => DataChecksum is null || DataChecksum == checksum;

    /// <summary>Checks that a training can go on from here.</summary>
    /// <param name="plan">The network's plan.</param>
    /// <param name="recipe">The recipe.</param>
    /// <exception cref="ArgumentException">The checkpoint is of another network or optimiser.</exception>
    public void CheckFits(NetworkPlan plan, Recipe recipe)
    {
        int perScore = ScoreOptimizers.Get(recipe.Optimizer).StatePerScore;
        if (!Scores.Select(scores => scores.Length).SequenceEqual(plan.Shape.Layers.Select(layer => layer.Count))
            || !OptimizerState.Select(state => state.Length).SequenceEqual(plan.Shape.Layers.Select(layer => layer.Count * perScore))
            || Statistics.Length != 2 * plan.NormalizedChannels)
            throw new ArgumentException($"the checkpoint does not fit network {plan} with optimizer {recipe.Optimizer}");
    }
}
