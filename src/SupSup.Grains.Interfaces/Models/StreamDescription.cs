using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>What became of the batches of a stream without task identity.</summary>
[GenerateSerializer, Immutable, Alias("supsup.stream-description")]
public sealed record StreamDescription
{
    /// <summary>The stream's definition.</summary>
    [Id(0)]
    public required StreamSpec Spec { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(1)]
    public required StreamAnswer Position { get; init; }

    /// <summary>What was decided for its segments, the latest last; of a long stream the latest 1024.</summary>
    [Id(2)]
    public required ImmutableArray<StreamAllocation> Allocations { get; init; }

    /// <summary>The tasks whose masks it holds and that are learned.</summary>
    [Id(3)]
    public required ImmutableArray<int> Learned { get; init; }

    /// <summary>The tasks whose masks are in training.</summary>
    [Id(4)]
    public required ImmutableArray<int> InTraining { get; init; }

    /// <summary>The masks that were merged, the latest last; of many the latest 1024.</summary>
    [Id(5)]
    public required ImmutableArray<StreamMerge> Merges { get; init; }

    /// <summary>Segments that were trained by a mask of another task because no more masks may be allocated.</summary>
    [Id(6)]
    public required long CrowdedSegments { get; init; }

    /// <summary>Segments that nothing was trained on because no more masks may be allocated.</summary>
    [Id(7)]
    public required long RefusedSegments { get; init; }
}
