using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>How a shard is.</summary>
[GenerateSerializer, Immutable, Alias("supsup.shard-health")]
public sealed record ShardHealth
{
    /// <summary>Shard index.</summary>
    [Id(0)]
    public required int Shard { get; init; }

    /// <summary>The silo it is on: address, port and generation.</summary>
    [Id(1)]
    public required string Silo { get; init; }

    /// <summary>Tasks it is to hold.</summary>
    [Id(2)]
    public required int Tasks { get; init; }

    /// <summary>Bytes of memory that its masks take.</summary>
    [Id(3)]
    public required long MemoryBytes { get; init; }

    /// <summary>The tasks whose masks cannot be read.</summary>
    [Id(4)]
    public required ImmutableArray<MaskFailure> Failures { get; init; }

    /// <summary>Masks that are in memory; the others are read when they are first asked for.</summary>
    [Id(5)]
    public int Held { get; init; }
}
