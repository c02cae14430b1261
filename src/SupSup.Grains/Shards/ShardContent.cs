using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Shards;

/// <summary>What one assignment asks a shard to hold.</summary>
/// <param name="Network">The model's network.</param>
/// <param name="Revision">The assignment it fulfils.</param>
/// <param name="Slots">Which mask lies in which slot.</param>
/// <param name="Bank">The masks that are here; assignments that follow one another share it.</param>
internal sealed record ShardContent(ModelNetwork Network, long Revision, ImmutableArray<ShardSlot> Slots, IMaskBank Bank)
{
    /// <summary>Number of masks it asks for.</summary>
    public int Count { get; } = Slots.Count(slot => !slot.IsEmpty);

    /// <summary>Reads factors that were sent.</summary>
    /// <exception cref="SupSupException">InvalidRequest: they are neither of the first layer nor of all.</exception>
    public (RankOneFactors Factors, LayerSelection Layers) Read(FactorBatch factors)
    {
        int layers = Network.Network.Shape.Layers.Length;
        if (factors.Deltas.Length != 1 && factors.Deltas.Length != layers)
            throw new SupSupException(SupSupError.InvalidRequest,
                $"factors of {factors.Deltas.Length} layers are neither those of the first nor of all {layers}");
        return (new RankOneFactors(Network.Network.Shape, factors.Rows, factors.Deltas, factors.Activations),
            factors.Deltas.Length == layers ? LayerSelection.All : LayerSelection.First);
    }
}
