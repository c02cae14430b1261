using System.Collections.Immutable;
using Microsoft.Extensions.Options;

namespace SupSup.Grains.Placement;

/// <summary>How many copies of its shards a model has, and which grain is which.</summary>
/// <param name="options">The setting.</param>
/// <param name="silos">The cluster's members.</param>
/// <param name="gpus">Which of them hold no shards where others are there.</param>
/// <param name="time">For how long a cluster that lost a silo counts as it was.</param>
public sealed class ShardCopies(IOptions<ShardOptions> options, ISiloStatusOracle silos, GpuSilos gpus, TimeProvider time)
{
    /// <summary>The copy c of shard s is the shard grain s + c times so much: by the rule of placement one silo further, since this prime
    /// is no multiple of their number. A silo that knows nothing of copies places it by the same rule.</summary>
    private const int Stride = 1_000_003;

    private const int FewestSilos = 3;

    // A silo that died, or is being restarted, is the very time for second copies.
    private static readonly TimeSpan MissedFor = TimeSpan.FromMinutes(10);

    // Every call to a shard asks: the cluster is looked at once in so long.
    private static readonly TimeSpan LookedAtFor = TimeSpan.FromSeconds(1);

    private Cluster? _cluster;
    private long _complete;

    /// <summary>Whether this silo is alone.</summary>
    public bool IsAlone => Now.Others.IsEmpty;

    /// <summary>The other silos, in the order of their addresses.</summary>
    public ImmutableArray<SiloAddress> Others => Now.Others;

    private Cluster Now => _cluster is { } known && time.GetElapsedTime(known.At) < LookedAtFor ? known : _cluster = Look();

    /// <summary>The index of the grain that holds a copy.</summary>
    /// <param name="shard">Shard index.</param>
    /// <param name="copy">0 for the first.</param>
    public static int Index(int shard, int copy) => shard + (copy * Stride);

    /// <summary>The index of the first copy's grain, of one that holds a second copy; null of others.</summary>
    /// <param name="index">The grain's index.</param>
    public static int? FirstOf(int index) => index >= Stride ? index - Stride : null;

    /// <summary>How many copies there are to be.</summary>
    /// <param name="bytes">Memory that one copy of all masks of the model takes.</param>
    public int Number(long bytes)
    {
        (long at, _, int holders, long memory) = Now;
        if (options.Value.Replicas > 0) return Math.Min(options.Value.Replicas, holders);
        if (holders >= FewestSilos) Volatile.Write(ref _complete, at);
        long complete = Volatile.Read(ref _complete);
        if (holders < 2 || complete == 0 || time.GetElapsedTime(complete) > MissedFor) return 1;
        return 2 * bytes / Math.Max(holders, FewestSilos) <= memory / 2 ? 2 : 1;
    }

    private Cluster Look()
    {
        SiloAddress[] all = [.. silos.GetApproximateSiloStatuses(onlyActive: true).Keys];
        int plain = all.Count(silo => !gpus.Has(silo));
        return new(
            time.GetTimestamp(), [.. all.Where(silo => !silo.Equals(silos.SiloAddress)).Order()],
            plain > 0 ? plain : Math.Max(1, all.Length),
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }

    // When it was looked at, the other silos, how many of all hold shards, and the memory of this one.
    private sealed record Cluster(long At, ImmutableArray<SiloAddress> Others, int Holders, long Memory);
}
