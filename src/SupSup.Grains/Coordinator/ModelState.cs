using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>What a coordinator stores. Immutable collections: a write may be under way while the next entry comes.</summary>
[GenerateSerializer, Immutable, Alias("supsup.state.model")]
public sealed record ModelState
{
    /// <summary>The definition, or null before the model is created.</summary>
    [Id(0)]
    public ModelSpec? Spec { get; init; }

    /// <summary>The learned tasks in the order of their acknowledgement. Position p lives in slot p mod 1024 of shard p / 1024.</summary>
    [Id(1)]
    public ImmutableList<TaskSummary> Tasks { get; init; } = [];

    /// <summary>The lowest index that was neither handed out nor learned, nor lies below one that was.</summary>
    [Id(2)]
    public int NextTask { get; init; }
}
