using System.Runtime.InteropServices;

namespace SupSup.Core.Kernels;

/// <summary>
/// A matrix by its values that differ from one background value, row by row. Each row has room for all its columns, so
/// that rows can be filled independently of one another; what is not used is not touched.
/// </summary>
internal sealed unsafe class SparseRows : IDisposable
{
    private readonly SparseEntry* _entries;
    private readonly int* _counts;

    /// <summary>Makes room.</summary>
    public SparseRows(int rows, int columns)
    {
        Rows = rows;
        Columns = columns;
        _entries = (SparseEntry*)NativeMemory.AlignedAlloc((nuint)((long)rows * columns * sizeof(SparseEntry)), 64);
        _counts = (int*)NativeMemory.AllocZeroed((nuint)rows, sizeof(int));
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>The entries of a row, by ascending column.</summary>
    public SparseEntry* Row(int row) => _entries + ((long)row * Columns);

    /// <summary>How many entries each row has, [rows].</summary>
    public Span<int> Counts => new(_counts, Rows);

    /// <summary>Fills this matrix with the transpose of another; entries of a row are by ascending column here too.</summary>
    public void SetTransposeOf(SparseRows other)
    {
        Counts.Clear();
        for (int row = 0; row < other.Rows; row++)
        {
            SparseEntry* from = other.Row(row);
            SparseEntry* end = from + other._counts[row];
            for (; from < end; from++) _entries[((long)from->Index * Columns) + _counts[from->Index]++] = new SparseEntry(row, from->Value);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_entries);
        NativeMemory.Free(_counts);
    }
}
