using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>Some of a model's learned tasks.</summary>
/// <param name="Total">How many there are in all.</param>
/// <param name="Tasks">Those that were asked for, in the order in which they were acknowledged.</param>
[GenerateSerializer, Immutable, Alias("supsup.task-list")]
public sealed record TaskList([property: Id(0)] int Total, [property: Id(1)] ImmutableArray<TaskSummary> Tasks);
