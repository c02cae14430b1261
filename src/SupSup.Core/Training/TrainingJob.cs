using SupSup.Core.Datasets;
using SupSup.Core.Engines;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;

namespace SupSup.Core.Training;

/// <summary>The training of one task, alone or in a group: on what, from where, and who hears of it.</summary>
public sealed record TrainingJob
{
    /// <summary>The task's data.</summary>
    public required ClassificationTask Data { get; init; }

    /// <summary>Task index within the model: it and the network's seed give the initial scores and the order of examples.</summary>
    public required int Index { get; init; }

    /// <summary>Where an earlier run of the same training stood, or null to start.</summary>
    public TrainingCheckpoint? From { get; init; }

    /// <summary>Scores to start from, [out · in] of each layer, in place of the task's initial ones; null for those.</summary>
    public IReadOnlyList<float[]>? StartScores { get; init; }

    /// <summary>Whether the scores at the end are wanted, too, which later tasks can start from.</summary>
    public bool KeepsScores { get; init; }

    /// <summary>What runs the steps; null for the engine of the plan on the processor.</summary>
    public INetworkEngine? Engine { get; init; }

    /// <summary>Called after every batch, or every few, on the training thread; in a group it must not throw.</summary>
    public BatchReport? OnBatches { get; init; }

    /// <summary>Stops the training; in a group the task then no longer reports and gets no mask, and the others go on.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Batches trained before: those of the checkpoint.</summary>
    public int Position => From?.Position ?? 0;

    /// <summary>Checks that the task can be trained so.</summary>
    /// <param name="plan">The network's plan.</param>
    /// <param name="recipe">The recipe.</param>
    /// <exception cref="ArgumentException">The data do not fit the network or the augmentation, or the checkpoint is of another
    /// network or optimiser.</exception>
    public void CheckFits(NetworkPlan plan, Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(recipe);
        Data.CheckFits(plan);
        Data.CheckFits(Augmentations.Get(recipe.Augmentation));
        RotatedClasses.CheckFits(recipe, Data, plan);
        From?.CheckFits(plan, recipe);
    }
}
