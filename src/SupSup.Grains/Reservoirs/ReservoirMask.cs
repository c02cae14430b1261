using System.Collections.Immutable;

namespace SupSup.Grains.Reservoirs;

/// <summary>What is kept of a mask that is in a reservoir.</summary>
/// <param name="Task">Task index.</param>
/// <param name="Fingerprints">Of each layer: XXH128 of its bits, hexadecimal.</param>
/// <param name="Classes">Number of the task's classes.</param>
[GenerateSerializer, Immutable, Alias("supsup.state.reservoir-mask")]
public sealed record ReservoirMask(
    [property: Id(0)] int Task, [property: Id(1)] ImmutableArray<string> Fingerprints, [property: Id(2)] int Classes);
