using SkiaSharp;

namespace Pictures;

/// <summary>Reads pictures as a silo does: grey, and of one size. What is too wide or too high is cut off evenly.</summary>
internal static class PictureFile
{
    private static readonly SKSamplingOptions Smooth = new(SKFilterMode.Linear, SKMipmapMode.Linear);

    /// <summary>The levels of a picture, row by row.</summary>
    /// <param name="path">A PNG, JPEG or WebP.</param>
    /// <param name="rows">The height that it is made.</param>
    /// <param name="columns">The width that it is made.</param>
    /// <exception cref="InvalidDataException">It is no picture.</exception>
    public static byte[] Levels(string path, int rows, int columns)
    {
        using SKImage picture =
            SKImage.FromEncodedData(File.ReadAllBytes(path)) ?? throw new InvalidDataException($"{path} is no picture that can be read");
        using SKBitmap made = new(new SKImageInfo(columns, rows, SKColorType.Rgba8888, SKAlphaType.Premul));
        using (SKCanvas canvas = new(made))
        {
            canvas.Clear(SKColors.White);
            float scale = Math.Max((float)columns / picture.Width, (float)rows / picture.Height);
            (float width, float height) = (picture.Width * scale, picture.Height * scale);
            canvas.DrawImage(picture, SKRect.Create((columns - width) / 2, (rows - height) / 2, width, height), Smooth);
        }

        // As Pillow has it, and the silo.
        return [.. made.Pixels.Select(pixel => (byte)(((19595 * pixel.Red) + (38470 * pixel.Green) + (7471 * pixel.Blue)) >> 16))];
    }
}
