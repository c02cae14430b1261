using Orleans.Placement;

namespace SupSup.Grains.Placement;

/// <summary>Marks grains, keyed `model/index`, that are to lie evenly over the silos.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SpreadPlacementAttribute() : PlacementAttribute(new SpreadPlacement());
