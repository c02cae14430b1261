using Orleans.Placement;

namespace SupSup.Grains.Placement;

/// <summary>Only silos that say that they have a GPU.</summary>
/// <param name="order">When it is applied among others.</param>
public sealed class GpuSilosFilterStrategy(int order) : PlacementFilterStrategy(order)
{
    /// <summary>For Orleans, which then reads the order from the grain's properties.</summary>
    public GpuSilosFilterStrategy()
        : this(0)
    {
    }
}
