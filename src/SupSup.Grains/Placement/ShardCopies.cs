using Microsoft.Extensions.Options;

namespace SupSup.Grains.Placement;

/// <summary>How many copies of its shards a model has, and which grain is which.</summary>
/// <param name="options">The setting.</param>
/// <param name="silos">The cluster's members.</param>
public sealed class ShardCopies(IOptions<ShardOptions> options, ISiloStatusOracle silos)
{
    /// <summary>The copy c of shard s is the shard grain s + c times so much: by the rule of placement one silo further, since this prime
    /// is no multiple of their number. A silo that knows nothing of copies places it by the same rule.</summary>
    private const int Stride = 1_000_003;

    private const int FewestSilos = 3;

    /// <summary>Whether this silo is alone.</summary>
    public bool IsAlone => Silos == 1;

    private int Silos => Math.Max(1, silos.GetApproximateSiloStatuses(onlyActive: true).Count);

    /// <summary>The index of the grain that holds a copy.</summary>
    /// <param name="shard">Shard index.</param>
    /// <param name="copy">0 for the first.</param>
    public static int Index(int shard, int copy) => shard + (copy * Stride);

    /// <summary>How many copies there are to be.</summary>
    /// <param name="bytes">Memory that one copy of all masks of the model takes.</param>
    public int Number(long bytes)
    {
        int members = Silos;
        if (options.Value.Replicas > 0) return Math.Min(options.Value.Replicas, members);
        return members >= FewestSilos && 2 * bytes / members <= GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2 ? 2 : 1;
    }
}
