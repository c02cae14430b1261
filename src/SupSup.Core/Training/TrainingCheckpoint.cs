using System.Collections.Immutable;

namespace SupSup.Core.Training;

/// <summary>All that a training needs to go on elsewhere, bit-identically.</summary>
/// <param name="BatchesDone">Batches trained.</param>
/// <param name="Scores">Per layer the scores, [out · in].</param>
/// <param name="OptimizerState">Per layer the optimiser's state.</param>
/// <param name="TailLoss">Sum of the losses over the last tenth of the recipe's batches, so far, in nats.</param>
public sealed record TrainingCheckpoint(int BatchesDone, ImmutableArray<float[]> Scores, ImmutableArray<float[]> OptimizerState, double TailLoss);
