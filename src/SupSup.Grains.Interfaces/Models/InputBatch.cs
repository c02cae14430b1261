namespace SupSup.Grains.Interfaces.Models;

/// <summary>Inputs as the network sees them (normalised), row-major. The array must not change after it was handed over.</summary>
[GenerateSerializer, Immutable, Alias("supsup.input-batch")]
public sealed record InputBatch
{
    /// <summary>Number of rows.</summary>
    [Id(0)]
    public required int Rows { get; init; }

    /// <summary>Values [rows, inputs].</summary>
    [Id(1)]
    public required float[] Values { get; init; }

    /// <summary>Some of the inputs.</summary>
    /// <param name="rows">Which, in the order wanted.</param>
    public InputBatch Select(int[] rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return new InputBatch { Rows = rows.Length, Values = RowMajor.Select(Values, Rows, rows) };
    }
}
