using SupSup.Core.Streams;

namespace SupSup.Grains.Streams;

/// <summary>A mask that a stream holds.</summary>
[GenerateSerializer, Immutable, Alias("supsup.state.stream-task")]
public sealed record StreamTask : IStreamMask
{
    [Id(0)]
    public required int Task { get; init; }

    /// <summary>Its accuracy on the last batch of the last segment that it served; null before the first has ended.</summary>
    [Id(1)]
    public double? Usual { get; init; }

    /// <summary>Whether it is in training.</summary>
    [Id(2)]
    public bool IsOpen { get; init; }

    /// <summary>First batch of the last segment that it served.</summary>
    [Id(3)]
    public long LastServed { get; init; }

    /// <inheritdoc/>
    int IStreamMask.Id => Task;
}
