using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tasks;

/// <summary>What a task stores beside its mask. Written after the mask, so that metadata never speaks of a
/// mask that is not there.</summary>
[GenerateSerializer, Alias("supsup.state.task")]
public sealed class TaskState
{
    /// <summary>The trained task, or null.</summary>
    [Id(0)]
    public TaskSummary? Summary { get; set; }

    /// <summary>The losses of its training, thinned; empty where they are not known.</summary>
    [Id(1)]
    public ImmutableArray<LossPoint> Curve { get; set => field = value.IsDefault ? [] : value; } = [];
}
