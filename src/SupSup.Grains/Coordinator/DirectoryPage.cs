using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>What is stored of a run of consecutive directory entries.</summary>
[GenerateSerializer, Immutable, Alias("supsup.state.directory-page")]
public sealed record DirectoryPage
{
    /// <summary>The tasks, in the order of their acknowledgement.</summary>
    [Id(0)]
    public ImmutableArray<TaskSummary> Tasks { get; init => field = value.IsDefault ? [] : value; } = [];
}
