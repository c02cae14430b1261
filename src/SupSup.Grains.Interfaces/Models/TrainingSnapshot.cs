namespace SupSup.Grains.Interfaces.Models;

/// <summary>All that a training needs to go on elsewhere.</summary>
[GenerateSerializer, Immutable, Alias("supsup.training-snapshot")]
public sealed record TrainingSnapshot
{
    /// <summary>Batches trained.</summary>
    [Id(0)]
    public required int BatchesDone { get; init; }

    /// <summary>Per layer the scores as little-endian floats.</summary>
    [Id(1)]
    public required byte[][] Scores { get; init; }

    /// <summary>Per layer the optimiser's state as little-endian floats.</summary>
    [Id(2)]
    public required byte[][] OptimizerState { get; init; }

    /// <summary>Sum of the losses over the last tenth of the recipe's batches, so far, in nats.</summary>
    [Id(3)]
    public required double TailLoss { get; init; }

    /// <summary>Checksum of the dataset that was trained on; null where that is not known.</summary>
    [Id(4)]
    public string? DataChecksum { get; init; }

    /// <summary>The best mask so far; null where the training does not validate.</summary>
    [Id(5)]
    public ValidationSnapshot? Best { get; init; }

    /// <summary>Batches of the search for the best mask, where the task is trained again since on all its examples; else 0.</summary>
    [Id(6)]
    public int BatchesBefore { get; init; }

    /// <summary>Running statistics of the normalised channels as little-endian floats; empty where nothing is normalised.</summary>
    [Id(7)]
    public byte[] Statistics { get; init; } = [];
}
