using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>How the mask of an answer was recovered from a reservoir.</summary>
[GenerateSerializer, Immutable, Alias("supsup.recovery")]
public sealed record Recovery
{
    /// <summary>Whether the search ended at a mask that was stored, bit for bit. Where it did not, the task is -1 and the class a
    /// guess.</summary>
    [Id(0)]
    public required bool IsStored { get; init; }

    /// <summary>Steps of the search.</summary>
    [Id(1)]
    public required int Steps { get; init; }

    /// <summary>The probability of each of the task's classes.</summary>
    [Id(2)]
    public required ImmutableArray<float> Probabilities { get; init; }
}
