using SupSup.Grains.Placement;

namespace SupSup.Grains.Shards;

/// <summary>Where shards belong among the silos that are there now.</summary>
/// <param name="silos">The cluster's members.</param>
/// <param name="placement">The rule by which shards are placed.</param>
public sealed class ShardMoves(ISiloStatusOracle silos, SpreadPlacementDirector placement)
{
    /// <summary>How often a shard looks; it moves when it finds the same silo twice, so that it does not follow every restart.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>The silo that a shard belongs on.</summary>
    /// <param name="shard">The shard.</param>
    public SiloAddress Target(GrainId shard) => placement.Choose(shard, silos.GetApproximateSiloStatuses(onlyActive: true).Keys);
}
