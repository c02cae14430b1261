using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace SupSup.Grains.Placement;

/// <summary>Leaves the silos that have a GPU.</summary>
/// <param name="gpus">Knows them.</param>
public sealed class GpuSilosFilterDirector(GpuSilos gpus) : IPlacementFilterDirector
{
    /// <inheritdoc/>
    public IEnumerable<SiloAddress> Filter(
        PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos) => silos.Where(gpus.Has);
}
