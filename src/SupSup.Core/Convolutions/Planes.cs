using SupSup.Core.Kernels;
using SupSup.Core.Networks;

namespace SupSup.Core.Convolutions;

/// <summary>
/// Planes of a batch of examples, in blocks of sixteen: [blocks, channels, rows, columns, 16], with a halo of zeros around each plane that
/// stays zero, so that windows need not ask where an edge is.
/// </summary>
internal sealed unsafe class Planes : IDisposable
{
    /// <summary>Examples of a block.</summary>
    public const int Lanes = 16;

    private readonly AlignedFloats _values;

    /// <summary>Allocates zeros.</summary>
    /// <param name="shape">Planes of an example.</param>
    /// <param name="halo">Zeros around a plane, in pixels.</param>
    /// <param name="blocks">Blocks of examples.</param>
    public Planes(PlaneShape shape, int halo, int blocks)
    {
        (Shape, Halo) = (shape, halo);
        Row = (shape.Columns + (2 * halo)) * Lanes;
        Plane = checked((shape.Rows + (2 * halo)) * Row);
        Block = (nint)shape.Channels * Plane;
        _values = new AlignedFloats(checked((int)(Block * blocks)));
    }

    public PlaneShape Shape { get; }

    public int Halo { get; }

    /// <summary>Floats from one row to the next.</summary>
    public int Row { get; }

    /// <summary>Floats from one plane to the next.</summary>
    public int Plane { get; }

    /// <summary>Floats from one block to the next.</summary>
    public nint Block { get; }

    /// <summary>The pixels of a plane.</summary>
    public PlaneRun Run => new(Shape.Rows, Shape.Columns * Lanes, Row);

    /// <summary>The first pixel of a plane, its halo before it.</summary>
    public float* At(int block, int channel) =>
        _values.Start + (block * Block) + ((nint)channel * Plane) + ((nint)Halo * (Row + Lanes));

    public void Dispose() => _values.Dispose();
}
