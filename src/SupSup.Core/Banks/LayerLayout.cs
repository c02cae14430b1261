namespace SupSup.Core.Banks;

/// <summary>Where one layer's bits lie in a block.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Inputs">Columns.</param>
/// <param name="Outputs">Rows.</param>
internal readonly record struct LayerLayout(int Offset, int Inputs, int Outputs)
{
    /// <summary>Bytes that a mask's column takes: eight rows each.</summary>
    public int Octets => (Outputs + 7) / 8;

    /// <summary>Bytes of a mask from one column to the next. Scans read lines of four octets; long columns begin at a cache line.</summary>
    public int Stride => Octets < 8 ? Octets : (Octets + 3) & ~3;

    /// <summary>Bytes from one column of all sixteen masks to the next.</summary>
    public int ColumnBytes => Stride * BlockLayout.Lanes;

    /// <summary>Bytes of all columns.</summary>
    public int Bytes => Inputs * ColumnBytes;

    /// <summary>The first byte of its row sums: int16 at 64 · (row / 2) + 4 · lane + 2 · (row mod 2).</summary>
    public int RowSums { get; init; }

    /// <summary>Whether there are row sums; not with so many inputs that a sum might not fit.</summary>
    public bool HasRowSums => Inputs < ushort.MaxValue;

    /// <summary>Bytes of the row sums of all sixteen masks.</summary>
    public int RowSumBytes => HasRowSums ? (Outputs + 1) / 2 * 64 : 0;

    /// <summary>The first byte of a column.</summary>
    public int Column(int input) => Offset + (input * ColumnBytes);

    /// <summary>The offset of a row's sum of one mask.</summary>
    public int RowSum(int row, int lane) => RowSums + (row / 2 * 64) + (lane * 4) + (row % 2 * 2);
}
