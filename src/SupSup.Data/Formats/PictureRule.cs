using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>How the pictures of a dataset become images of one size: found from the heads of all, and from the options.</summary>
internal sealed class PictureRule
{
    /// <summary>The options that it reads.</summary>
    public static readonly string[] Options = ["colour", "fit", "grey", "size"];

    private readonly ExampleShape.Pixels _shape;
    private readonly bool _isStretched;

    /// <summary>Looks at the heads of all pictures.</summary>
    /// <param name="address">The options.</param>
    /// <param name="pictures">Every picture of both halves.</param>
    /// <exception cref="DatasetException">There is none, one is damaged, or sizes differ and none is asked for.</exception>
    public PictureRule(DatasetAddress address, IEnumerable<Picture> pictures)
    {
        (string Name, int Rows, int Columns)? first = null;
        bool isGrey = true;
        int[]? size = address.Sides("size", "use a side, as size=32, or rows and columns, as size=24x32");
        if (size?.Length == 3) throw address.Invalid("size", address.Text("size")!, "use one or two sides");
        _isStretched = address.Choice("fit", "crop", "stretch") == "stretch";
        bool toGrey = address.Has("grey"), toColour = address.Has("colour");
        if (toGrey && toColour) throw address.Invalid("grey", "", "take one of grey and colour");
        foreach (Picture picture in pictures)
        {
            (int rows, int columns, bool grey) = picture.Head();
            isGrey &= grey;
            first ??= (picture.Name, rows, columns);
            if (size is null && (rows, columns) != (first.Value.Rows, first.Value.Columns))
            {
                throw new DatasetOptionException(
                    picture.Name, $"is {rows} x {columns}, but {first.Value.Name} is {first.Value.Rows} x {first.Value.Columns}",
                    "have all made one size by an option, as '?size=32'");
            }
        }

        if (first is null) throw new DatasetException(
            address.Path, "has no picture", "put PNG, JPEG or WebP files into a folder for each class");
        _shape = new(
            toGrey || (isGrey && !toColour) ? 1 : 3, size?[0] ?? first.Value.Rows, size is null ? first.Value.Columns : size[^1]);
    }

    /// <summary>Makes all pictures of one shape, whatever they are.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="isStretched">Whether pictures of other proportions are stretched; otherwise their edges are cut off.</param>
    public PictureRule(ExampleShape.Pixels shape, bool isStretched) => (_shape, _isStretched) = (shape, isStretched);

    /// <summary>Decodes pictures.</summary>
    /// <param name="pictures">As many as there are labels.</param>
    /// <param name="labels">The class of each.</param>
    /// <exception cref="DatasetException">One is damaged, or all are more than an array can hold.</exception>
    public ExampleSet Read(IEnumerable<Picture> pictures, int[] labels)
    {
        long length = (long)labels.Length * _shape.Length;
        if (length > Array.MaxLength)
            throw new DatasetException(
                pictures.First().Name, $"is one of {labels.Length} pictures of {_shape}, more than an array can hold",
                "have them made smaller by an option, as '?size=32'");
        byte[] pixels = new byte[length];
        int at = 0;
        foreach (Picture picture in pictures)
        {
            (int rows, int columns, _) = picture.Head();
            byte[] levels = picture.Decode(_shape.Channels == 1);
            for (int channel = 0; channel < _shape.Channels; channel++, at += _shape.Plane)
                Resize(levels.AsSpan(channel * rows * columns), rows, columns, pixels.AsSpan(at, _shape.Plane));
        }

        return new(_shape, pixels, labels);
    }

    // Each pixel is the mean of the area that it covers, in whole numbers, so that it is the same on every machine.
    private void Resize(ReadOnlySpan<byte> from, int rows, int columns, Span<byte> to)
    {
        if ((rows, columns) == (_shape.Rows, _shape.Columns))
        {
            from[..to.Length].CopyTo(to);
            return;
        }

        (int height, int width) = (rows, columns);
        if (!_isStretched)
        {
            height = (int)Math.Clamp((long)columns * _shape.Rows / _shape.Columns, 1, rows);
            width = (int)Math.Clamp((long)rows * _shape.Columns / _shape.Rows, 1, columns);
        }

        ReadOnlySpan<byte> window = from[((rows - height) / 2 * columns + (columns - width) / 2)..];
        long area = (long)height * width;
        for (int row = 0; row < _shape.Rows; row++)
        {
            (long top, long bottom) = ((long)row * height, (row + 1L) * height);
            for (int column = 0; column < _shape.Columns; column++)
            {
                (long left, long right) = ((long)column * width, (column + 1L) * width);
                long sum = area / 2;
                for (long y = top / _shape.Rows; y * _shape.Rows < bottom; y++)
                {
                    long across = 0;
                    for (long x = left / _shape.Columns; x * _shape.Columns < right; x++)
                        across += window[(int)(y * columns + x)] * Overlap(left, right, x, _shape.Columns);
                    sum += across * Overlap(top, bottom, y, _shape.Rows);
                }

                to[row * _shape.Columns + column] = (byte)(sum / area);
            }
        }

        static long Overlap(long from, long to, long pixel, int side) => Math.Min(to, (pixel + 1) * side) - Math.Max(from, pixel * side);
    }
}
