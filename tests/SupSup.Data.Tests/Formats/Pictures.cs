using SkiaSharp;

namespace SupSup.Data.Tests.Formats;

/// <summary>Picture files that tests write.</summary>
internal static class Pictures
{
    /// <summary>Writes a picture without loss, of a colour for each pixel.</summary>
    public static void Write(string path, int rows, int columns, Func<int, (byte Red, byte Green, byte Blue)> colour)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Encode(rows, columns, n => new(colour(n).Red, colour(n).Green, colour(n).Blue), SKEncodedImageFormat.Png));
    }

    public static byte[] Encode(int rows, int columns, Func<int, SKColor> colour, SKEncodedImageFormat format)
    {
        using SKBitmap bitmap = new(columns, rows, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        for (int n = 0; n < rows * columns; n++) bitmap.SetPixel(n % columns, n / columns, colour(n));
        using SKData data = bitmap.Encode(format, 100);
        return data.ToArray();
    }

    /// <summary>Writes a picture that is stored as grey.</summary>
    public static void WriteGrey(string path, int rows, int columns, params byte[] levels)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using SKBitmap bitmap = new(columns, rows, SKColorType.Gray8, SKAlphaType.Opaque);
        levels.CopyTo(bitmap.GetPixelSpan());
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(path, data.ToArray());
    }
}
