namespace SupSup.Grains.Interfaces.Models;

/// <summary>What a reservoir says of a batch of images of one task.</summary>
[GenerateSerializer, Immutable, Alias("supsup.recovered-batch")]
public sealed record RecoveredBatch
{
    /// <summary>The task whose mask was recovered; null where the search ended at no mask that was stored.</summary>
    [Id(0)]
    public required int? Task { get; init; }

    /// <summary>Steps of the search.</summary>
    [Id(1)]
    public required int Steps { get; init; }

    /// <summary>The class of each row.</summary>
    [Id(2)]
    public required int[] Classes { get; init; }

    /// <summary>Entropy of each row's outputs, in nats.</summary>
    [Id(3)]
    public required double[] Entropies { get; init; }

    /// <summary>The probability of each of the task's classes, [rows, classes]: softmax over them.</summary>
    [Id(4)]
    public required float[] Probabilities { get; init; }
}
