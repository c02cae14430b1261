namespace SupSup.Grains.Interfaces.Models;

/// <summary>How a stream without task identity is learned. It never changes once the stream is open.</summary>
[GenerateSerializer, Immutable, Alias("supsup.stream-spec")]
public sealed record StreamSpec
{
    /// <summary>Name of the recipe by which masks are trained.</summary>
    [Id(0)]
    public string Recipe { get; init; } = "fast";

    /// <summary>Number of batches after which a mask is learned, where it differs from the recipe's.</summary>
    [Id(1)]
    public int? Batches { get; init; }

    /// <summary>Batches from one decision to the next. Default 100, as in the paper.</summary>
    [Id(2)]
    public int SegmentBatches { get; init; } = 100;

    /// <summary>Largest number of masks that the stream may hold; null is no bound.</summary>
    [Id(3)]
    public int? MaskCap { get; init; }

    /// <summary>How far from chance to its usual accuracy a mask must come to serve a segment, above 0 and at most 1.</summary>
    [Id(4)]
    public double Fit { get; init; } = 0.5;

    /// <summary>How the caller normalises the batches; stored with each task that is learned. Null where that is not told.</summary>
    [Id(5)]
    public PixelNormalization? Normalization { get; init; }

    /// <summary>One line with every value.</summary>
    public override string ToString() =>
        $"recipe {Recipe}{(Batches is { } batches ? $", {batches} batches" : "")}, segments of {SegmentBatches}, "
        + $"{(MaskCap is { } cap ? $"at most {cap} masks" : "any number of masks")}, fit {Fit}"
        + (Normalization is { } told ? $", {told}" : "");
}
