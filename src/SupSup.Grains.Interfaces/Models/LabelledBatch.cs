namespace SupSup.Grains.Interfaces.Models;

/// <summary>A batch of training examples. The arrays must not change after they were handed over.</summary>
[GenerateSerializer, Immutable, Alias("supsup.labelled-batch")]
public sealed record LabelledBatch
{
    /// <summary>Inputs [rows, inputs].</summary>
    [Id(0)]
    public required InputBatch Inputs { get; init; }

    /// <summary>Class of each row, 0 to the number of classes - 1.</summary>
    [Id(1)]
    public required int[] Labels { get; init; }
}
