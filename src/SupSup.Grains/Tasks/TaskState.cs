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

    /// <summary>The task before the mask that it has, or null.</summary>
    [Id(2)]
    public TaskSummary? Earlier { get; set; }

    /// <summary>The losses of the training of that; empty where they are not known.</summary>
    [Id(3)]
    public ImmutableArray<LossPoint> EarlierCurve { get; set => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Until when that is kept.</summary>
    [Id(4)]
    public DateTimeOffset EarlierUntil { get; set; }

    /// <summary>The same with another summary.</summary>
    internal TaskState With(TaskSummary summary) => new()
    {
        Summary = summary,
        Curve = Curve,
        Earlier = Earlier,
        EarlierCurve = EarlierCurve,
        EarlierUntil = EarlierUntil,
    };
}
