using System.Collections.Immutable;

namespace SupSup.Grains.Reservoirs;

/// <summary>What is stored of a model's reservoir beside its weights. A part is written after this names it as a leftover, and deleted
/// before this forgets it, so that whatever a crash leaves is found; the parts of use are never written again.</summary>
[GenerateSerializer, Immutable, Alias("supsup.state.reservoir")]
public sealed record ReservoirState
{
    /// <summary>The masks, in the order in which they were stored.</summary>
    [Id(0)]
    public ImmutableArray<ReservoirMask> Masks { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The parts of the weights, layer after layer, by their checksums (XXH128, hexadecimal); none where nothing is
    /// stored.</summary>
    [Id(1)]
    public ImmutableArray<string> Parts { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Parts that are of no use, and may be there.</summary>
    [Id(2)]
    public ImmutableArray<string> Leftovers { get; init => field = value.IsDefault ? [] : value; } = [];
}
