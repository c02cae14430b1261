namespace SupSup.Grains.Interfaces.Models;

/// <summary>Asks a shard to look closer at some images of a pass that it has scanned.</summary>
[GenerateSerializer, Immutable, Alias("supsup.shard-refinement")]
public sealed record ShardRefinement
{
    /// <summary>The pass: <see cref="FactorBatch.Pass"/>.</summary>
    [Id(0)]
    public required Guid Pass { get; init; }

    /// <summary>Which of its images, [rows].</summary>
    [Id(1)]
    public required int[] Rows { get; init; }

    /// <summary>For each, how deep to go, [rows]; deeper than it was scanned before.</summary>
    [Id(2)]
    public required int[] Depths { get; init; }

    /// <summary>For each, the score found so far below which masks need not be looked at, [rows].</summary>
    [Id(3)]
    public required double[] Floors { get; init; }

    /// <summary>How many candidates to return per image.</summary>
    [Id(4)]
    public required int Best { get; init; }
}
