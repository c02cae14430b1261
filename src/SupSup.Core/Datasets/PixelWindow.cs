namespace SupSup.Core.Datasets;

/// <summary>A rectangle of an image's pixels.</summary>
/// <param name="Top">Its first row.</param>
/// <param name="Left">Its first column.</param>
/// <param name="Rows">Its height.</param>
/// <param name="Columns">Its width.</param>
public readonly record struct PixelWindow(int Top, int Left, int Rows, int Columns)
{
    /// <summary>The whole of an image.</summary>
    /// <param name="shape">Its size.</param>
    public static PixelWindow Of(ExampleShape.Pixels shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new(0, 0, shape.Rows, shape.Columns);
    }
}
