using System.Buffers;
using SkiaSharp;
using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>A picture as it is stored: PNG, JPEG, WebP, BMP or GIF, of which the first frame counts.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Content">The file.</param>
internal readonly record struct Picture(string Name, ReadOnlyMemory<byte> Content)
{
    /// <summary>Largest picture that is decoded, which takes four bytes a pixel, and three more for its levels.</summary>
    public const int MostPixels = 1 << 26;

    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"];

    /// <summary>Whether a file is a picture by its name.</summary>
    public static bool IsPicture(string path) => Endings.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>What the head of the file says: the size as it is to be seen, and whether it is stored as grey.</summary>
    /// <exception cref="DatasetException">It is no picture, or larger than any can be.</exception>
    public (int Rows, int Columns, bool IsGrey) Head()
    {
        using SKCodec codec = Open();
        (int rows, int columns) = Size(codec);
        return (rows, columns, IsGrey(codec));
    }

    /// <summary>Decodes the picture, lays it on white where it is transparent, and turns it as its camera says.</summary>
    /// <param name="grey">Whether to mix the colours to grey, by 19595 R + 38470 G + 7471 B of 65536, as Pillow does.</param>
    /// <param name="use">Gets the levels [channels, rows, columns], while they are in memory.</param>
    /// <exception cref="DatasetException">It is no picture, or damaged.</exception>
    public void Decode(bool grey, ImageUse use)
    {
        using SKCodec codec = Open();
        (int rows, int columns) = Size(codec);
        ExampleShape.Pixels shape = new(grey ? 1 : 3, rows, columns);
        SKImageInfo info = new(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using SKBitmap bitmap = new(info);
        if (codec.GetPixels(info, bitmap.GetPixels()) != SKCodecResult.Success)
            throw new DatasetException(Name, "is cut short or damaged", "replace it with a good copy, or remove it");
        byte[] levels = ArrayPool<byte>.Shared.Rent(shape.Length);
        Write(bitmap.GetPixelSpan(), info.Width, info.Height, codec.EncodedOrigin, shape, levels);
        use(levels.AsSpan(0, shape.Length), shape);
        ArrayPool<byte>.Shared.Return(levels);
    }

    private SKCodec Open()
    {
        using SKData data = SKData.CreateCopy(Content.Span);
        return SKCodec.Create(data)
            ?? throw new DatasetException(Name, "is no picture that can be read", "replace it with PNG, JPEG or WebP, or remove it");
    }

    private (int Rows, int Columns) Size(SKCodec codec)
    {
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > MostPixels)
            throw new DatasetException(Name, $"has {height} x {width} pixels, more than {MostPixels:N0}", "make it smaller");
        return IsTurned(codec.EncodedOrigin) ? (width, height) : (height, width);
    }

    private static void Write(
        ReadOnlySpan<byte> stored, int width, int height, SKEncodedOrigin origin, ExampleShape.Pixels shape, Span<byte> levels)
    {
        // Where pixels lie in the file is linear in row and column.
        int first = At(0, 0), down = At(1, 0) - first, right = At(0, 1) - first, plane = shape.Plane;
        for (int row = 0; row < shape.Rows; row++)
        {
            int from = first + row * down;
            for (int at = row * shape.Columns; at < (row + 1) * shape.Columns; at++, from += right)
            {
                ReadOnlySpan<byte> pixel = stored.Slice(4 * from, 4);
                (int red, int green, int blue, int alpha) = (pixel[0], pixel[1], pixel[2], pixel[3]);
                if (alpha < 255) (red, green, blue) = (OnWhite(red, alpha), OnWhite(green, alpha), OnWhite(blue, alpha));
                if (shape.Channels == 1) levels[at] = (byte)((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16);
                else (levels[at], levels[plane + at], levels[2 * plane + at]) = ((byte)red, (byte)green, (byte)blue);
            }
        }

        int At(int row, int column) => From(origin, row, column, width, height) is var (x, y) ? y * width + x : 0;
    }

    private static bool IsGrey(SKCodec codec) => codec.Info.ColorType == SKColorType.Gray8;

    private static int OnWhite(int level, int alpha) => (level * alpha + 255 * (255 - alpha) + 127) / 255;

    private static bool IsTurned(SKEncodedOrigin origin) => origin >= SKEncodedOrigin.LeftTop;

    // Where a pixel as it is to be seen lies in the file (Exif orientation).
    private static (int X, int Y) From(SKEncodedOrigin origin, int row, int column, int width, int height) => origin switch
    {
        SKEncodedOrigin.TopRight => (width - 1 - column, row),
        SKEncodedOrigin.BottomRight => (width - 1 - column, height - 1 - row),
        SKEncodedOrigin.BottomLeft => (column, height - 1 - row),
        SKEncodedOrigin.LeftTop => (row, column),
        SKEncodedOrigin.RightTop => (row, height - 1 - column),
        SKEncodedOrigin.RightBottom => (width - 1 - row, height - 1 - column),
        SKEncodedOrigin.LeftBottom => (width - 1 - row, column),
        _ => (column, row),
    };
}
