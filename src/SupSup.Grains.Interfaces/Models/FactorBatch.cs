using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>
/// The rank-one factors of a batch of images, all that a shard needs to score its masks: for each layer the gradient
/// δ at its output and its input a. A few KB per image, whatever the number of tasks.
/// </summary>
[GenerateSerializer, Immutable, Alias("supsup.factors")]
public sealed record FactorBatch
{
    /// <summary>Number of images.</summary>
    [Id(0)]
    public required int Rows { get; init; }

    /// <summary>Per layer δ, [rows, out].</summary>
    [Id(1)]
    public required ImmutableArray<float[]> Deltas { get; init; }

    /// <summary>Per layer a, [rows, in].</summary>
    [Id(2)]
    public required ImmutableArray<float[]> Activations { get; init; }
}
