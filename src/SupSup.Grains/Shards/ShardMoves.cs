using System.Collections.Concurrent;
using SupSup.Grains.Placement;

namespace SupSup.Grains.Shards;

/// <summary>Where shards belong among the silos that are there now, and which are on this one. Thread-safe.</summary>
/// <param name="silos">The cluster's members.</param>
/// <param name="placement">The rule by which shards are placed.</param>
public sealed class ShardMoves(ISiloStatusOracle silos, SpreadPlacementDirector placement)
{
    /// <summary>How often a shard looks; it moves when it finds the same silo twice, so that it does not follow every restart.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>How often a second copy looks whether the first is on its silo, as after that of the first died.</summary>
    public static readonly TimeSpan ApartInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string Model, int Index), object> _here = [];

    /// <summary>The silo that a shard belongs on.</summary>
    /// <param name="shard">The shard.</param>
    public SiloAddress Target(GrainId shard) => placement.Choose(shard, silos.GetApproximateSiloStatuses(onlyActive: true).Keys);

    /// <summary>A shard is on this silo from now on.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="index">The grain's index.</param>
    /// <param name="shard">The activation.</param>
    public void Arrived(string model, int index, object shard) => _here[(model, index)] = shard;

    /// <summary>A shard has left, unless another activation of it came meanwhile.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="index">The grain's index.</param>
    /// <param name="shard">The activation.</param>
    public void Left(string model, int index, object shard) => _here.TryRemove(KeyValuePair.Create((model, index), shard));

    /// <summary>Where a second copy goes that is on one silo with the first, which would be lost with it; null for nowhere.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="index">The grain's index.</param>
    /// <param name="shard">The shard.</param>
    public SiloAddress? Apart(string model, int index, GrainId shard)
    {
        if (ShardCopies.FirstOf(index) is not { } first || !_here.ContainsKey((model, first))) return null;
        SiloAddress[] others = [.. silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Where(silo => !silo.Equals(silos.SiloAddress))];
        return others.Length == 0 ? null : placement.Choose(shard, others);
    }
}
