using Orleans.Placement;

namespace SupSup.Grains.Placement;

/// <summary>A grain that is placed only on silos which say that they have a GPU. Orleans' own metadata filters compare with the silo that
/// calls, which need not have one.</summary>
/// <param name="order">When this filter is applied among others.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class GpuSilosFilterAttribute(int order = 0) : PlacementFilterAttribute(new GpuSilosFilterStrategy(order));
