namespace SupSup.Grains.Interfaces.Models;

/// <summary>Images and the masks to run on each.</summary>
[GenerateSerializer, Immutable, Alias("supsup.finalists")]
public sealed record FinalistBatch
{
    /// <summary>The images.</summary>
    [Id(0)]
    public required InputBatch Inputs { get; init; }

    /// <summary>Row of each run, an index into the images.</summary>
    [Id(1)]
    public required int[] Rows { get; init; }

    /// <summary>Slot of the mask of each run.</summary>
    [Id(2)]
    public required int[] Slots { get; init; }
}
