using System.Collections.Immutable;
using Orleans.Runtime.Placement;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces;

namespace SupSup.Grains.Inference;

/// <summary>
/// Has the other silos keep a model ready that is asked here: who loses its gateway asks another next, and one that does not know the model
/// would first have to reach the coordinator, which may be what was lost. Used in grain turns.
/// </summary>
/// <param name="model">The model's name.</param>
/// <param name="grains">Finds the replicas.</param>
/// <param name="silos">The other silos of the cluster.</param>
/// <param name="time">The clock.</param>
internal sealed class Replicas(string model, IGrainFactory grains, Func<ImmutableArray<SiloAddress>> silos, TimeProvider time)
{
    // In a larger cluster few silos are cold: whoever asks asks through one of them.
    private const int Most = 16;

    // What is learned must be known there soon: a replica that cannot reach the coordinator answers by what it knows. And where one could
    // not be made ready, as where a silo has just joined, it is to be tried again soon.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    // One that does not answer, as a silo that died, keeps none of the others waiting.
    private readonly Dictionary<SiloAddress, Task> _readying = [];
    private ImmutableArray<SiloAddress> _known = [];
    private long _revision = -1;
    private long _since;

    /// <summary>The number of a silo, of which the key of the grain is made that stands there.</summary>
    /// <param name="silo">The silo.</param>
    public static int Number(SiloAddress silo) => silo.GetConsistentHashCode() & int.MaxValue;

    /// <summary>Makes them ready where it is time, or other silos are there than before; nobody waits for it.</summary>
    /// <param name="revision">The directory's: another one where something was learned since.</param>
    public void Keep(long revision)
    {
        ImmutableArray<SiloAddress> others = silos();
        TimeSpan pause = revision == _revision && !_readying.Values.Any(ended => ended.IsFaulted) ? Every : Soon;
        if (others.SequenceEqual(_known) && time.GetElapsedTime(_since) < pause) return;
        (_known, _revision, _since) = (others, revision, time.GetTimestamp());
        foreach (SiloAddress gone in _readying.Keys.Except(others).ToArray()) _readying.Remove(gone);
        foreach (SiloAddress silo in others.Take(Most))
        {
            if (_readying.TryGetValue(silo, out Task? before) && !before.IsCompleted) continue;
            _readying[silo] = ReadyAsync(silo);
            LostAnswers.Leave(_readying[silo]);
        }
    }

    private Task ReadyAsync(SiloAddress silo)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        try
        {
            return grains.GetGrain<IReplicaGrain>(GrainKeys.Shard(model, Number(silo))).ReadyAsync(CancellationToken.None);
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }
    }
}
