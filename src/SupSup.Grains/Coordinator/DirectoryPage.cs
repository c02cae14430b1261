using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>What is stored of a run of consecutive directory entries.</summary>
[GenerateSerializer, Immutable, Alias("supsup.state.directory-page")]
public sealed record DirectoryPage
{
    /// <summary>Tasks of a page but the last; part of the storage layout.</summary>
    public const int Size = 256;

    /// <summary>The tasks, in the order of their acknowledgement, and in their places those that were
    /// removed; their versions are those of the empty slots.</summary>
    [Id(0)]
    public ImmutableArray<TaskSummary> Tasks { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Places in the page of tasks that were removed, ascending.</summary>
    [Id(1)]
    public ImmutableArray<int> Removed { get; init => field = value.IsDefault ? [] : value; } = [];
}
