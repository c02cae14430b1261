using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>How a model is: where its masks are, and which of them and of its other records cannot be read.</summary>
[GenerateSerializer, Immutable, Alias("supsup.model-health")]
public sealed record ModelHealth
{
    /// <summary>The model's name.</summary>
    [Id(0)]
    public required string Model { get; init; }

    /// <summary>Tasks learned.</summary>
    [Id(1)]
    public required int Tasks { get; init; }

    /// <summary>Its shards.</summary>
    [Id(2)]
    public required ImmutableArray<ShardHealth> Shards { get; init; }

    /// <summary>Its records, an entry for each kind; none where they were not looked at.</summary>
    [Id(3)]
    public ImmutableArray<RecordHealth> Records { get => field.IsDefault ? [] : field; init; } = []; // silos of earlier builds tell none

    /// <summary>Whether every mask can be read, and every other record that was looked at.</summary>
    public bool IsWhole => Shards.All(shard => shard.Failures.IsEmpty) && Records.All(records => records.Failures.IsEmpty);
}
