namespace SupSup.Grains.Interfaces.Models;

/// <summary>How far a stream of submitted batches has come. Batches are numbered from 0.</summary>
[GenerateSerializer, Immutable, Alias("supsup.stream-position")]
public sealed record StreamPosition
{
    /// <summary>Batches trained, which is the number of the batch expected next.</summary>
    [Id(0)]
    public required int Trained { get; init; }

    /// <summary>Batches that a crash cannot undo. What was submitted beyond must be kept until it is durable,
    /// to be submitted again.</summary>
    [Id(1)]
    public required int Durable { get; init; }

    /// <summary>The task, once every batch was trained and the mask is stored.</summary>
    [Id(2)]
    public TaskSummary? Summary { get; init; }
}
