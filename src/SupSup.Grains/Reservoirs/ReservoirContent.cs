using System.Collections.Immutable;
using SupSup.Core.Reservoirs;

namespace SupSup.Grains.Reservoirs;

/// <summary>A reservoir in memory, as it is stored. Never changed: a mask that is stored makes another.</summary>
/// <param name="Layers">One for each normalisation.</param>
/// <param name="Masks">What is stored.</param>
internal sealed record ReservoirContent(ImmutableArray<Reservoir> Layers, ImmutableArray<ReservoirMask> Masks)
{
    /// <summary>How patterns are stored: so that all rest, however alike the tasks are.</summary>
    public const StorageRule Rule = StorageRule.Projection;

    /// <summary>Bytes of memory.</summary>
    public long MemoryBytes => Layers.Sum(static layer => sizeof(float) * (long)layer.Units * layer.Units);

    /// <summary>The masks, as a search knows them.</summary>
    public IReadOnlyCollection<StoredGains> Known => [.. Masks.Select(static mask => new StoredGains(mask.Task, mask.Fingerprints))];
}
