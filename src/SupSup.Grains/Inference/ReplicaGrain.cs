using Orleans.Runtime.Placement;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Placement;

namespace SupSup.Grains.Inference;

/// <summary>Keeps the replica of a model on its silo ready. Where it stands is the caller's to say.</summary>
[GrainType("replica"), SpreadPlacement]
public sealed class ReplicaGrain(IGrainContext context, ILocalSiloDetails silo) : Grain, IReplicaGrain
{
    private readonly (string Model, int Silo) _key = GrainKeys.Split(context.GrainId.Key.ToString()!);

    /// <inheritdoc/>
    public Task ReadyAsync(CancellationToken cancellationToken)
    {
        if (_key.Silo != Replicas.Number(silo.SiloAddress))
        {
            // Orleans does not heed the caller as long as it does not know which grains a silo that has just joined can hold.
            MigrateOnIdle();
            throw new SupSupException(
                SupSupError.Unavailable, $"the replica of model '{_key.Model}' on another silo is not reached yet; ask again");
        }

        // It would go on with each call that follows, and shards that are placed meanwhile would come here.
        RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        return GrainFactory.GetGrain<IInferenceGrain>(_key.Model).ReadyAsync(cancellationToken);
    }
}
