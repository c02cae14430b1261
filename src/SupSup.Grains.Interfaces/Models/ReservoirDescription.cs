using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>The reservoir that a model's masks live in.</summary>
[GenerateSerializer, Immutable, Alias("supsup.reservoir-description")]
public sealed record ReservoirDescription
{
    /// <summary>How many masks it holds: one for each 64 units of its smallest layer; more are refused.</summary>
    [Id(0)]
    public required int Capacity { get; init; }

    /// <summary>How many are stored. One whose training was interrupted before it was acknowledged counts too.</summary>
    [Id(1)]
    public required int Stored { get; init; }

    /// <summary>Units of each layer.</summary>
    [Id(2)]
    public required ImmutableArray<int> Units { get; init; }

    /// <summary>Bytes that it takes in the store, however many masks are stored.</summary>
    [Id(3)]
    public required long Bytes { get; init; }
}
