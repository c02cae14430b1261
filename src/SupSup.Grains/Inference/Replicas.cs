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

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    private ImmutableArray<SiloAddress> _known = [];
    private Task _readying = Task.CompletedTask;
    private long _since;

    /// <summary>Makes them ready where it is time, or other silos are there than before; nobody waits for it.</summary>
    public void Keep()
    {
        if (!_readying.IsCompleted) return;
        ImmutableArray<SiloAddress> others = silos();
        if (others.SequenceEqual(_known) && time.GetElapsedTime(_since) < Every) return;
        (_known, _since) = (others, time.GetTimestamp());
        _readying = Task.WhenAll(others.Take(Most).Select(ReadyAsync));
        LostAnswers.Leave(_readying);
    }

    private Task ReadyAsync(SiloAddress silo)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        try
        {
            int number = silo.GetConsistentHashCode() & int.MaxValue;
            return grains.GetGrain<IReplicaGrain>(GrainKeys.Shard(model, number)).ReadyAsync(CancellationToken.None);
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }
    }
}
