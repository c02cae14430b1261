namespace SupSup.Grains.Interfaces.Models;

/// <summary>A moment of a training on another silo.</summary>
[GenerateSerializer, Immutable, Alias("supsup.training-step")]
public sealed record TrainingStep
{
    /// <summary>Name of the silo that trains.</summary>
    [Id(0)]
    public required string Silo { get; init; }

    /// <summary>Batches trained.</summary>
    [Id(1)]
    public required int BatchesDone { get; init; }

    /// <summary>Cross-entropy of the last batch, in nats; in the last step the mean over the last tenth of the batches.</summary>
    [Id(2)]
    public required double Loss { get; init; }

    /// <summary>Where the training stands, when a checkpoint is due.</summary>
    [Id(3)]
    public TrainingSnapshot? Checkpoint { get; init; }

    /// <summary>The packed mask file, in the last step.</summary>
    [Id(4)]
    public byte[]? Mask { get; init; }

    /// <summary>Seconds that the training took, in the last step.</summary>
    [Id(5)]
    public double Seconds { get; init; }

    /// <summary>See <see cref="TaskSummary.UsualEvidence"/>; in the last step.</summary>
    [Id(7)]
    public double? UsualEvidence { get; init; }

    /// <summary>See <see cref="TaskSummary.EvidenceSpread"/>; in the last step.</summary>
    [Id(9)]
    public EvidenceSpread? EvidenceSpread { get; init; }

    /// <summary>What is kept of the data, in the last step.</summary>
    [Id(8)]
    public TaskDetails? Details { get; init; }
}
