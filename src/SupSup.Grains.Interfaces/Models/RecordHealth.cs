using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>How the stored records of one kind are, those that a model needs.</summary>
[GenerateSerializer, Immutable, Alias("supsup.record-health")]
public sealed record RecordHealth
{
    /// <summary>The kind: the name of the state, as the store's folders and blobs have it.</summary>
    [Id(0)]
    public required string Kind { get; init; }

    /// <summary>Records that were read.</summary>
    [Id(1)]
    public required int Read { get; init; }

    /// <summary>Those that are damaged, or missing, or another's.</summary>
    [Id(2)]
    public required ImmutableArray<RecordFailure> Failures { get; init; }
}
