using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>What a coordinator stores beside the pages of its directory.</summary>
[GenerateSerializer, Immutable, Alias("supsup.state.model")]
public sealed record ModelState
{
    /// <summary>The definition, or null before the model is created.</summary>
    [Id(0)]
    public ModelSpec? Spec { get; init; }

    /// <summary>The learned tasks where they were stored before there were pages; moved into pages when the model is opened.</summary>
    [Id(1)]
    public ImmutableList<TaskSummary> Tasks { get; init; } = [];

    /// <summary>The lowest index that was not handed out, nor lies below one that was; learned ones may be higher.</summary>
    [Id(2)]
    public int NextTask { get; init; }

    /// <summary>Indices that were handed out for the names of tasks that are not learned yet.</summary>
    [Id(3)]
    public ImmutableDictionary<string, int> Reserved { get; init => field = value ?? ImmutableDictionary<string, int>.Empty; } =
        ImmutableDictionary<string, int>.Empty;

    /// <summary>Bytes of data that are kept for tasks, by their index.</summary>
    [Id(4)]
    public ImmutableDictionary<int, long> DataBytes { get; init => field = value ?? ImmutableDictionary<int, long>.Empty; } =
        ImmutableDictionary<int, long>.Empty;

    /// <summary>Names of the model's streams; those that were opened before this was kept are in the catalogue only.</summary>
    [Id(7)]
    public ImmutableHashSet<string> Streams { get; init => field = value ?? []; } = [];

    /// <summary>How many models of the name were deleted: those who keep copies of one tell it from the next by this.</summary>
    [Id(5)]
    public int Incarnation { get; init; }

    /// <summary>Whether the model is being deleted: it is there for no one any more, but some of its records may be.</summary>
    [Id(6)]
    public bool IsDeleting { get; init; }
}
