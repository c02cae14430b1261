using SupSup.Core.Kernels;
using SupSup.Core.Networks;

namespace SupSup.Core.Convolutions;

/// <summary>Planes of one example, [channels, rows, columns], with a halo of zeros around each where windows need one.</summary>
/// <param name="shape">Planes.</param>
/// <param name="rowsOf">Whose rows they have, in place of rows and a halo of their own: between rows are then values that mean
/// nothing.</param>
internal sealed unsafe class PicturePlanes(PlaneShape shape, PicturePlanes? rowsOf = null) : IDisposable
{
    // What fills the last register is read behind the last plane.
    private const int Behind = 64;

    private AlignedFloats? _values;

    public PlaneShape Shape { get; } = shape;

    /// <summary>Whether windows can look beyond the planes' edges.</summary>
    public bool CanHaveHalo => rowsOf is null;

    /// <summary>Zeros around a plane, in pixels; readers ask for them before <see cref="Allocate"/>.</summary>
    public int Halo { get; set; }

    /// <summary>Floats from one row to the next.</summary>
    public int Row => rowsOf?.Row ?? Shape.Columns + (2 * Halo);

    /// <summary>Floats from the first pixel of a plane to behind its last.</summary>
    public int Places => ((Shape.Rows - 1) * Row) + Shape.Columns;

    /// <summary>Floats from one plane to the next.</summary>
    public int Plane => rowsOf is null ? (Shape.Rows + (2 * Halo)) * Row : AlignedFloats.Whole(Places);

    public long MemoryBytes => sizeof(float) * (long)(_values?.Length ?? 0);

    /// <summary>Makes room, once all readers have asked.</summary>
    public void Allocate() => _values = new AlignedFloats(checked((Shape.Channels * Plane) + Behind));

    /// <summary>The first pixel of a plane.</summary>
    public float* At(int channel) => _values!.Start + ((nint)channel * Plane) + ((nint)Halo * (Row + 1));

    public void Dispose() => _values?.Dispose();
}
