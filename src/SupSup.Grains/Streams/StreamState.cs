using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Streams;

/// <summary>
/// What a stream without task identity stores: written when a segment begins and when it ends. How far the segment in
/// hand has come is what its task has stored of its training, so the two cannot disagree.
/// </summary>
[GenerateSerializer, Immutable, Alias("supsup.state.stream")]
public sealed record StreamState
{
    private const int MostKept = 1024;

    /// <summary>The definition, or null before the stream is opened.</summary>
    [Id(0)]
    public StreamSpec? Spec { get; init; }

    /// <summary>Batches of the segments that ended.</summary>
    [Id(1)]
    public long Ended { get; init; }

    /// <summary>The segment in hand, or null.</summary>
    [Id(2)]
    public StreamSegment? Segment { get; init; }

    /// <summary>The masks that the stream holds.</summary>
    [Id(3)]
    public ImmutableArray<StreamTask> Tasks { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The latest decisions.</summary>
    [Id(4)]
    public ImmutableArray<StreamAllocation> Allocations { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The latest merges.</summary>
    [Id(5)]
    public ImmutableArray<StreamMerge> Merges { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Segments that a mask of another task was trained on for want of masks.</summary>
    [Id(6)]
    public long CrowdedSegments { get; init; }

    /// <summary>Segments that were dropped for want of masks.</summary>
    [Id(7)]
    public long RefusedSegments { get; init; }

    /// <summary>A task that was merged and may still have to be removed from the model.</summary>
    [Id(8)]
    public int? Removing { get; init; }

    /// <summary>The mask of a task, or null.</summary>
    public StreamTask? Find(int? task) => Tasks.FirstOrDefault(known => known.Task == task);

    /// <summary>Whether a mask may be merged into another: it is learned, and does not serve the segment in hand.</summary>
    public bool MayGo(StreamTask task) => !task.IsOpen && Segment?.Allocation.Task != task.Task;

    /// <summary>With a mask added or replaced.</summary>
    public StreamState With(StreamTask task) =>
        this with { Tasks = Find(task.Task) is { } known ? Tasks.Replace(known, task) : Tasks.Add(task) };

    /// <summary>Without the mask of a task.</summary>
    public StreamState Without(int? task) => Find(task) is { } known ? this with { Tasks = Tasks.Remove(known) } : this;

    /// <summary>With a segment that begins.</summary>
    public StreamState With(StreamSegment segment) => this with
    {
        Segment = segment,
        Allocations = Latest(Allocations, segment.Allocation),
        CrowdedSegments = CrowdedSegments + (segment.Allocation.Kind == StreamAllocationKind.Crowded ? 1 : 0),
        RefusedSegments = RefusedSegments + (segment.Allocation.Kind == StreamAllocationKind.Refused ? 1 : 0),
    };

    /// <summary>With two masks that became one.</summary>
    public StreamState With(StreamMerge merge) => Without(merge.Removed) with { Removing = merge.Removed, Merges = Latest(Merges, merge) };

    /// <summary>What became of the stream's batches.</summary>
    /// <param name="position">Where it stands.</param>
    public StreamDescription Describe(StreamAnswer position) => new()
    {
        Spec = Spec!,
        Position = position,
        Allocations = Allocations,
        Learned = [.. Tasks.Where(task => !task.IsOpen).Select(task => task.Task)],
        InTraining = [.. Tasks.Where(task => task.IsOpen).Select(task => task.Task)],
        Merges = Merges,
        CrowdedSegments = CrowdedSegments,
        RefusedSegments = RefusedSegments,
    };

    private static ImmutableArray<T> Latest<T>(ImmutableArray<T> list, T item) => [.. list.Skip(list.Length + 1 - MostKept), item];
}
