namespace SupSup.Core.Networks;

/// <summary>One fully connected layer without bias; weights are rows [Outputs, Inputs], row-major.</summary>
/// <param name="Outputs">Rows.</param>
/// <param name="Inputs">Columns, the fan-in.</param>
public readonly record struct LayerShape(int Outputs, int Inputs)
{
    /// <summary>Number of weights.</summary>
    public int Count => Outputs * Inputs;

    /// <summary>Bytes that one bit per weight takes, the layer starting on a byte of its own.</summary>
    public int PackedBytes => (Count + 7) / 8;
}
