using SupSup.Core.Streams;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Streams;

/// <summary>The segment of a stream that is in hand.</summary>
[GenerateSerializer, Immutable, Alias("supsup.state.stream-segment")]
public sealed record StreamSegment
{
    /// <summary>Who serves it, from which batch on.</summary>
    [Id(0)]
    public required StreamAllocation Allocation { get; init; }

    /// <summary>Batches that the task had been trained on before; that of the segment are counted from there.</summary>
    [Id(1)]
    public int Base { get; init; }

    /// <summary>Batches of the segment that were passed without training, as far as that is stored.</summary>
    [Id(2)]
    public int Passed { get; init; }

    /// <summary>Number of its first batch.</summary>
    public long Start => Allocation.Batch;

    /// <summary>Whether its batches train its task.</summary>
    public bool Trains =>
        Allocation.Kind is StreamAllocationKind.Allocated or StreamAllocationKind.Continued or StreamAllocationKind.Crowded;

    /// <summary>What a decision says to the stream's callers.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="start">Number of the segment's first batch.</param>
    internal static StreamAllocation Of(SegmentDecision<StreamTask> decision, long start) => new(start, decision.Mask?.Task, decision switch
    {
        { IsNew: true } => StreamAllocationKind.Allocated,
        { Fits: true, Mask.IsOpen: true } => StreamAllocationKind.Continued,
        { Fits: true } => StreamAllocationKind.Reused,
        { Mask.IsOpen: true } => StreamAllocationKind.Crowded,
        _ => StreamAllocationKind.Refused,
    });
}
