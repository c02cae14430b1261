namespace SupSup.Core.Datasets;

/// <summary>Labelled grey images of one size, as raw bytes: half of a data set (training or test).</summary>
public sealed class ImageSet
{
    /// <summary>Wraps the arrays without copying them; the caller must not change them afterwards.</summary>
    /// <param name="rows">Height of an image in pixels, at least 1.</param>
    /// <param name="columns">Width of an image in pixels, at least 1.</param>
    /// <param name="pixels">Grey levels 0..255, <c>[count, rows * columns]</c>, row-major.</param>
    /// <param name="labels">The class of each image, <c>[count]</c>; its length is the count.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive.</exception>
    /// <exception cref="ArgumentException">The number of pixels is not labels × rows × columns.</exception>
    public ImageSet(int rows, int columns, byte[] pixels, byte[] labels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(labels);

        // Int128: the product of three ints passes the range of a long.
        if ((Int128)labels.Length * rows * columns != pixels.Length)
        {
            throw new ArgumentException(
                $"{labels.Length} images of {rows} x {columns} pixels do not make {pixels.Length} pixels.",
                nameof(pixels));
        }

        Rows = rows;
        Columns = columns;
        Pixels = pixels;
        Labels = labels;
    }

    /// <summary>How many images there are.</summary>
    public int Count => Labels.Length;

    /// <summary>Height of an image in pixels.</summary>
    public int Rows { get; }

    /// <summary>Width of an image in pixels.</summary>
    public int Columns { get; }

    /// <summary>Length of one image's row in <see cref="Pixels"/>: rows × columns.</summary>
    public int PixelsPerImage => Rows * Columns;

    /// <summary>Grey levels 0..255, <c>[Count, Rows * Columns]</c>, row-major; to be read only.</summary>
    public byte[] Pixels { get; }

    /// <summary>The class of each image, <c>[Count]</c>; to be read only.</summary>
    public byte[] Labels { get; }

    /// <summary>The pixels of one image, <c>[Rows * Columns]</c>, row-major.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<byte> Image(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return Pixels.AsSpan(index * PixelsPerImage, PixelsPerImage);
    }
}
