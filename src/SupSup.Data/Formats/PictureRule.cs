using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>How the pictures of a dataset become images of one size: found from the heads of all, and from the options.</summary>
internal sealed class PictureRule
{
    /// <summary>The options that it reads.</summary>
    public static readonly string[] Options = ["colour", "fit", "grey", "resize", "size"];

    private readonly bool _isStretched;
    private readonly int? _shortSide;

    /// <summary>Looks at the heads of all pictures.</summary>
    /// <param name="address">The options.</param>
    /// <param name="pictures">Every picture of both halves.</param>
    /// <exception cref="DatasetException">There is none, one is damaged, or sizes differ and none is asked for.</exception>
    public PictureRule(DatasetAddress address, IEnumerable<Picture> pictures) : this(address)
    {
        (string Name, int Rows, int Columns)? first = null;
        bool isGrey = true;
        int[]? size = SizeOf(address);
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
        Shape = new(
            address.Has("grey") || (isGrey && !address.Has("colour")) ? 1 : 3, size?[0] ?? first.Value.Rows,
            size is null ? first.Value.Columns : size[^1]);
    }

    /// <summary>Goes by the options alone: for pictures that are not looked at before they are needed.</summary>
    /// <param name="address">The options.</param>
    /// <param name="size">Rows and columns.</param>
    public PictureRule(DatasetAddress address, (int Rows, int Columns) size) : this(address) =>
        Shape = new(address.Has("grey") ? 1 : 3, size.Rows, size.Columns);

    /// <summary>Makes all pictures of one shape, whatever they are.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="isStretched">Whether pictures of other proportions are stretched; otherwise their edges are cut off.</param>
    public PictureRule(ExampleShape.Pixels shape, bool isStretched) => (Shape, _isStretched) = (shape, isStretched);

    private PictureRule(DatasetAddress address)
    {
        Shape = null!; // told by the other constructors
        _isStretched = address.Choice("fit", "crop", "stretch") == "stretch";
        if (address.Has("grey") && address.Has("colour")) throw address.Invalid("grey", "", "take one of grey and colour");
        if ((_shortSide = address.Number("resize", 1, (int)ushort.MaxValue)) is not { } side) return;
        if (SizeOf(address) is not { } size)
            throw address.Invalid("resize", $"{side}", "say by size what is cut out, as size=224&resize=256");
        if (_isStretched || side < size.Max())
            throw address.Invalid("resize", $"{side}", $"use {size.Max()} or more, and leave fit out");
    }

    /// <summary>The size that pictures are made.</summary>
    public ExampleShape.Pixels Shape { get; }

    /// <summary>What it does, in one line.</summary>
    public string Description => _shortSide is { } side
        ? $"{Shape} from the middle of a short side of {side}"
        : $"{Shape}, {(_isStretched ? "stretched" : "cropped")}";

    /// <summary>The size that the options ask for: a side, or rows and columns; null for none.</summary>
    /// <param name="address">The options.</param>
    /// <exception cref="DatasetOptionException">It is no size.</exception>
    public static int[]? SizeOf(DatasetAddress address)
    {
        int[]? size = address.Sides("size", "use a side, as size=32, or rows and columns, as size=24x32");
        return size?.Length == 3 ? throw address.Invalid("size", address.Text("size")!, "use one or two sides") : size;
    }

    /// <summary>Decodes pictures.</summary>
    /// <param name="pictures">As many as there are labels.</param>
    /// <param name="labels">The class of each.</param>
    /// <exception cref="DatasetException">One is damaged, or all are more than an array can hold.</exception>
    public ExampleSet Read(IEnumerable<Picture> pictures, int[] labels)
    {
        long length = (long)labels.Length * Shape.Length;
        if (length > Array.MaxLength)
            throw new DatasetException(
                pictures.First().Name, $"is one of {labels.Length} pictures of {Shape}, more than an array can hold",
                "have them made smaller by an option, as '?size=32'");
        byte[] pixels = new byte[length];
        int at = 0;
        foreach (Picture picture in pictures)
        {
            picture.Decode(Shape.Channels == 1, (levels, shape) => Make(levels, shape, pixels.AsSpan(at, Shape.Length)));
            at += Shape.Length;
        }

        return new(Shape, pixels, labels);
    }

    /// <summary>Makes a picture of the size.</summary>
    /// <param name="levels">Levels [channels, rows, columns].</param>
    /// <param name="shape">Their size, with the channels of the rule.</param>
    /// <param name="target">Receives the levels.</param>
    public void Make(ReadOnlySpan<byte> levels, ExampleShape.Pixels shape, Span<byte> target)
    {
        if (_shortSide is { } side)
        {
            // As torchvision's Resize and CenterCrop: the long side is rounded down, the window's corner to the nearest, ties to even.
            int least = Math.Min(shape.Rows, shape.Columns);
            (int rows, int columns) = ((int)((long)side * shape.Rows / least), (int)((long)side * shape.Columns / least));
            (int top, int left) = ((int)Math.Round((rows - Shape.Rows) / 2.0), (int)Math.Round((columns - Shape.Columns) / 2.0));
            Bilinear.Resize(levels, shape, PixelWindow.Of(shape), rows, columns, new(top, left, Shape.Rows, Shape.Columns), target);
            return;
        }

        for (int channel = 0; channel < Shape.Channels; channel++)
            Resize(levels[(channel * shape.Plane)..], shape.Rows, shape.Columns, target.Slice(channel * Shape.Plane, Shape.Plane));
    }

    // Each pixel is the mean of the area that it covers, in whole numbers, so that it is the same on every machine.
    private void Resize(ReadOnlySpan<byte> from, int rows, int columns, Span<byte> to)
    {
        if ((rows, columns) == (Shape.Rows, Shape.Columns))
        {
            from[..to.Length].CopyTo(to);
            return;
        }

        (int height, int width) = (rows, columns);
        if (!_isStretched)
        {
            height = (int)Math.Clamp((long)columns * Shape.Rows / Shape.Columns, 1, rows);
            width = (int)Math.Clamp((long)rows * Shape.Columns / Shape.Rows, 1, columns);
        }

        ReadOnlySpan<byte> window = from[((rows - height) / 2 * columns + (columns - width) / 2)..];
        long area = (long)height * width;
        for (int row = 0; row < Shape.Rows; row++)
        {
            (long top, long bottom) = ((long)row * height, (row + 1L) * height);
            for (int column = 0; column < Shape.Columns; column++)
            {
                (long left, long right) = ((long)column * width, (column + 1L) * width);
                long sum = area / 2;
                for (long y = top / Shape.Rows; y * Shape.Rows < bottom; y++)
                {
                    long across = 0;
                    for (long x = left / Shape.Columns; x * Shape.Columns < right; x++)
                        across += window[(int)(y * columns + x)] * Overlap(left, right, x, Shape.Columns);
                    sum += across * Overlap(top, bottom, y, Shape.Rows);
                }

                to[row * Shape.Columns + column] = (byte)(sum / area);
            }
        }

        static long Overlap(long from, long to, long pixel, int side) => Math.Min(to, (pixel + 1) * side) - Math.Max(from, pixel * side);
    }
}
