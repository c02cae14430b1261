namespace SupSup.Core.Banks;

/// <summary>Where one layer's bits lie in a block.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Inputs">Columns.</param>
/// <param name="Outputs">Rows.</param>
internal readonly record struct LayerLayout(int Offset, int Inputs, int Outputs)
{
    /// <summary>Bytes that a mask's column takes: eight rows each.</summary>
    public int Octets => (Outputs + 7) / 8;

    /// <summary>Bytes that a column of all sixteen masks takes.</summary>
    public int ColumnBytes => Octets * BlockLayout.Lanes;

    /// <summary>The first byte of a column.</summary>
    public int Column(int input) => Offset + (input * ColumnBytes);
}
