namespace SupSup.Core.Networks;

/// <summary>
/// One matrix of a network, rows [Outputs, FanIn], row-major: a fully connected layer without bias, or a convolution, whose
/// fan-in is input channels times the size of its window.
/// </summary>
/// <param name="Outputs">Rows.</param>
/// <param name="FanIn">Columns.</param>
/// <param name="Window">Weights from an input channel to an output: 1, or rows times columns of a convolution's window.</param>
public readonly record struct LayerShape(int Outputs, int FanIn, int Window = 1)
{
    /// <summary>Input units or channels.</summary>
    public int Inputs => FanIn / Window;

    /// <summary>Number of weights.</summary>
    public int Count => Outputs * FanIn;

    /// <summary>Bytes that one bit per weight takes, the layer starting on a byte of its own.</summary>
    public int PackedBytes => (Count + 7) / 8;

    /// <summary>Rows and columns, as in "300x784".</summary>
    public override string ToString() => $"{Outputs}x{FanIn}";
}
