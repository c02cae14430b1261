using System.Runtime.InteropServices;

namespace SupSup.Core.Kernels;

/// <summary>Zero-initialised floats on a cache line's boundary, so that no register's load crosses one.</summary>
internal sealed unsafe class AlignedFloats : IDisposable
{
    private const int LineFloats = 16;

    private float* _start;

    /// <summary>Allocates.</summary>
    /// <param name="length">Number of floats.</param>
    public AlignedFloats(int length)
    {
        _start = (float*)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), 64);
        Length = length;
        Span.Clear();
    }

    ~AlignedFloats() => NativeMemory.AlignedFree(_start);

    public float* Start => _start;

    public int Length { get; }

    public Span<float> Span => new(_start, Length);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>So many values up to a whole number of lines: the next multiple of 16.</summary>
    public static int Whole(int values) => (values + LineFloats - 1) & -LineFloats;

    /// <summary>
    /// The width of a row of a matrix: whole lines, so that every row starts on one, and an odd number of them where they would be a
    /// multiple of 16. A tile of columns reads the same few lines of each row; where rows lie a power of two apart these fall into the
    /// same few sets of a cache, which then holds a fraction of the tile.
    /// </summary>
    public static int Width(int values) => Whole(values) is var whole && whole % (16 * LineFloats) == 0 ? whole + LineFloats : whole;
}
