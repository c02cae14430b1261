namespace SupSup.Grains.Interfaces.Models;

/// <summary>A version of a task that can be asked: the one in force, or the one that it took the place of.</summary>
[GenerateSerializer, Immutable, Alias("supsup.task-version")]
public sealed record TaskVersion
{
    /// <summary>What is known of it; its <see cref="TaskSummary.Version"/> names it.</summary>
    [Id(0)]
    public required TaskSummary Summary { get; init; }

    /// <summary>Until when it is kept; null for the one in force.</summary>
    [Id(1)]
    public DateTimeOffset? Until { get; init; }

    /// <summary>The earlier version whose mask it is, where the task was rolled back to that; else null.</summary>
    [Id(2)]
    public int? RolledBackTo { get; init; }

    /// <summary>Whether it is the one that the model infers by.</summary>
    public bool InForce => Until is null;
}
