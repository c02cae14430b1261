using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>How a training goes, for whoever looks on.</summary>
[GenerateSerializer, Immutable, Alias("supsup.training-report")]
public sealed record TrainingReport
{
    /// <summary>Where it stands.</summary>
    [Id(0)]
    public required TrainingProgress Progress { get; init; }

    /// <summary>Its losses so far, evenly spread over the batches.</summary>
    [Id(1)]
    public ImmutableArray<LossPoint> Curve { get; init; } = [];

    /// <summary>When it was reported, by the clock of the board.</summary>
    [Id(2)]
    public DateTimeOffset At { get; init; }
}
