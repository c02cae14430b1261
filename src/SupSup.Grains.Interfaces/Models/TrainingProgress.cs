using System.Text.Json.Serialization;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>A moment of a task's training.</summary>
[GenerateSerializer, Immutable, Alias("supsup.training-progress")]
public sealed record TrainingProgress
{
    /// <summary>Task index.</summary>
    [Id(0)]
    public required int Task { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(1)]
    public required TrainingState State { get; init; }

    /// <summary>Batches trained.</summary>
    [Id(2)]
    public int BatchesDone { get; init; }

    /// <summary>Batches at most: of both trainings where the recipe trains again on all data.</summary>
    [Id(3)]
    public int Batches { get; init; }

    /// <summary>Cross-entropy of the last batch, in nats.</summary>
    [Id(4)]
    public float Loss { get; init; }

    /// <summary>The task, once trained.</summary>
    [Id(5)]
    public TaskSummary? Summary { get; init; }

    /// <summary>The error, once failed.</summary>
    [Id(6)]
    public SupSupException? Error { get; init; }

    /// <summary>Name of the silo that trains, while it does.</summary>
    [Id(7)]
    public string? Silo { get; init; }

    /// <summary>The share of the training that is done, 0 to 1: 1 once trained, though no batches are told then. It may end early, so the
    /// share of a recipe that tries its mask on examples held back can jump to 1.</summary>
    [JsonIgnore]
    public double Share => State == TrainingState.Trained ? 1 : Batches == 0 ? 0 : (double)BatchesDone / Batches;

    /// <summary>Whether nothing more will come.</summary>
    public bool IsFinal => State is TrainingState.Untrained or TrainingState.Trained or TrainingState.Failed or TrainingState.Cancelled;
}
