namespace SupSup.Grains.Interfaces.Models;

/// <summary>Where a stream without task identity stands. Batches are numbered from 0.</summary>
[GenerateSerializer, Immutable, Alias("supsup.stream-answer")]
public sealed record StreamAnswer
{
    /// <summary>Number of the batch expected next.</summary>
    [Id(0)]
    public required long Next { get; init; }

    /// <summary>Batches that a crash cannot undo. What was submitted beyond must be kept until it is durable,
    /// to be submitted again.</summary>
    [Id(1)]
    public required long Durable { get; init; }

    /// <summary>Who serves the segment of the batch taken last, and what was decided at its first; null before the first batch.</summary>
    [Id(2)]
    public StreamAllocation? Allocation { get; init; }

    /// <summary>Masks that the stream holds, learned and in training.</summary>
    [Id(3)]
    public required int Masks { get; init; }

    /// <summary>Whether the segment lacks a mask of its own because the stream may hold no more.</summary>
    public bool CapReached => Allocation?.CapReached == true;
}
