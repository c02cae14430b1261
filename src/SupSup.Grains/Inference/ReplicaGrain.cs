using SupSup.Grains.Interfaces;
using SupSup.Grains.Placement;

namespace SupSup.Grains.Inference;

/// <summary>Keeps the replica of a model on its silo ready. Where it stands is the caller's to say.</summary>
[GrainType("replica"), SpreadPlacement]
public sealed class ReplicaGrain(IGrainContext context) : Grain, IReplicaGrain
{
    private readonly string _model = GrainKeys.Split(context.GrainId.Key.ToString()!).Model;

    /// <inheritdoc/>
    public Task ReadyAsync(CancellationToken cancellationToken) =>
        GrainFactory.GetGrain<IInferenceGrain>(_model).ReadyAsync(cancellationToken);
}
