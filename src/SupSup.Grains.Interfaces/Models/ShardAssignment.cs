using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>Which masks a shard holds. Tasks are only ever appended, replaced by a newer version in place, or
/// removed, which leaves their slot empty.</summary>
[GenerateSerializer, Immutable, Alias("supsup.shard-assignment")]
public sealed record ShardAssignment
{
    /// <summary>The model's definition.</summary>
    [Id(0)]
    public required ModelSpec Spec { get; init; }

    /// <summary>Grows with every task added, replaced or removed.</summary>
    [Id(1)]
    public required long Revision { get; init; }

    /// <summary>The shard's tasks, in slot order.</summary>
    [Id(2)]
    public required ImmutableArray<ShardSlot> Slots { get; init; }
}
