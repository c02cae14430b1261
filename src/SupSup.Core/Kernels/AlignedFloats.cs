using System.Runtime.InteropServices;

namespace SupSup.Core.Kernels;

/// <summary>Zero-initialised floats on a cache line's boundary, so that no register's load crosses one.</summary>
internal sealed unsafe class AlignedFloats : IDisposable
{
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

    /// <summary>The width of a row of so many values: the next multiple of 16, so that every row starts on a line.</summary>
    public static int Width(int values) => (values + 15) & ~15;
}
