namespace SupSup.Grains.Interfaces.Models;

/// <summary>What a trainer is to train.</summary>
[GenerateSerializer, Immutable, Alias("supsup.training-assignment")]
public sealed record TrainingAssignment
{
    /// <summary>The model.</summary>
    [Id(0)]
    public required ModelSpec Spec { get; init; }

    /// <summary>Data and recipe.</summary>
    [Id(1)]
    public required TrainingOrder Order { get; init; }

    /// <summary>Where an earlier training of the task stood, or null to start.</summary>
    [Id(2)]
    public TrainingSnapshot? From { get; init; }

    /// <summary>Seconds of training between two checkpoints.</summary>
    [Id(3)]
    public required double CheckpointSeconds { get; init; }
}
