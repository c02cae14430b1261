using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>For each weight, how many of a shard's masks keep it: its part of the superposition.</summary>
[GenerateSerializer, Immutable, Alias("supsup.shard-counts")]
public sealed record ShardCounts
{
    /// <summary>The shard must be given its assignment first; nothing was computed.</summary>
    [Id(0)]
    public bool IsBehind { get; init; }

    /// <summary>Masks counted.</summary>
    [Id(1)]
    public int Tasks { get; init; }

    /// <summary>Per layer the counts, [out · in].</summary>
    [Id(2)]
    public ImmutableArray<int[]> Layers { get; init; } = [];

    /// <summary>The masks that cannot be read and were not counted.</summary>
    [Id(3)]
    public ImmutableArray<MaskFailure> Failures { get; init; } = [];
}
