namespace SupSup.Grains.Placement;

/// <summary>Places the numbered grains of a model evenly over the silos: see <see cref="SpreadPlacementDirector"/>.</summary>
[Serializable, GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("supsup.spread-placement")]
public sealed class SpreadPlacement : PlacementStrategy;
