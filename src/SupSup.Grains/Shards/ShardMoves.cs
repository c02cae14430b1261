using System.Collections.Concurrent;
using SupSup.Grains.Placement;

namespace SupSup.Grains.Shards;

/// <summary>Where shards belong among the silos that are there now, and which are on this one. Thread-safe.</summary>
/// <param name="silos">The cluster's members.</param>
/// <param name="placement">The rule by which shards are placed.</param>
/// <param name="time">For how long the masks of a shard are kept that had to end.</param>
public sealed class ShardMoves(ISiloStatusOracle silos, SpreadPlacementDirector placement, TimeProvider time)
{
    /// <summary>How often a shard looks; it moves when it finds the same silo twice, so that it does not follow every restart.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>How often a second copy looks whether the first is on its silo, as after that of the first died.</summary>
    public static readonly TimeSpan ApartInterval = TimeSpan.FromSeconds(1);

    // A shard that ends since the silo that knew of it has died is wanted again at once.
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<(string Model, int Index), object> _here = [];

    // By model and index of the first copy.
    private readonly ConcurrentDictionary<(string Model, int Index), KeptMasks> _kept = [];

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

    /// <summary>Keeps the masks of a shard that ends here for the activation that follows, or its copy.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="index">The grain's index.</param>
    /// <param name="content">The masks; nobody else uses them.</param>
    internal void Keep(string model, int index, ShardContent content)
    {
        (string, int) key = (model, ShardCopies.FirstOf(index) ?? index);
        KeptMasks kept = new(content);
        _kept[key] = kept;
        kept.Forget(time.CreateTimer(_ => _kept.TryRemove(KeyValuePair.Create(key, kept)), null, KeptFor, Timeout.InfiniteTimeSpan));
    }

    /// <summary>Takes masks that were kept, if there are any.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="index">The grain's index.</param>
    internal ShardContent? Take(string model, int index) =>
        _kept.TryRemove((model, ShardCopies.FirstOf(index) ?? index), out KeptMasks? kept) ? kept.Taken() : null;

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
