using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>
/// Which of a shard's masks a call is about, so that an answer is computed over one consistent set of tasks even while
/// tasks are added.
/// </summary>
[GenerateSerializer, Immutable, Alias("supsup.shard-scope")]
public sealed record ShardScope
{
    /// <summary>The assignment the caller knows; a shard that has an older one answers that it is behind.</summary>
    [Id(0)]
    public required long Revision { get; init; }

    /// <summary>The slots meant, ascending.</summary>
    [Id(1)]
    public required ImmutableArray<int> Slots { get; init; }
}
