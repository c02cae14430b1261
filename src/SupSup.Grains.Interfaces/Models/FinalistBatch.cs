namespace SupSup.Grains.Interfaces.Models;

/// <summary>Images and the masks to run on each: every run has a mask of its own.</summary>
[GenerateSerializer, Immutable, Alias("supsup.finalists")]
public sealed record FinalistBatch
{
    /// <summary>The images; null where the factors hold them.</summary>
    [Id(0)]
    public InputBatch? Inputs { get; init; }

    /// <summary>Row of each run, an index into the images.</summary>
    [Id(1)]
    public required int[] Rows { get; init; }

    /// <summary>Slot of the mask of each run.</summary>
    [Id(2)]
    public required int[] Slots { get; init; }

    /// <summary>The images' factors, to score the masks with; the first layer's inputs are the images. Null to run them only.</summary>
    [Id(3)]
    public FactorBatch? Factors { get; init; }
}
