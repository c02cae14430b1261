using SkiaSharp;
using SupSup.Core.Datasets;

namespace SupSup.Data.Inspection;

/// <summary>A picture of some training examples of each class, a row for each: what a network is shown.</summary>
public static class ContactSheet
{
    private const int MostClasses = 40;
    private const int PerClass = 12;
    private const int Side = 48;
    private const int Gap = 4;
    private const int LabelWidth = 160;

    /// <summary>Draws the sheet.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <returns>A PNG file. A row of numbers is drawn as near to a square, white for three deviations above
    /// the mean and black for three below.</returns>
    public static byte[] Draw(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        int[][] rows =
            [.. dataset.Train.Labels.Select((label, example) => (label, example)).GroupBy(pair => pair.label, pair => pair.example)
            .OrderBy(group => group.Key).Take(MostClasses).Select(group => group.Take(PerClass).ToArray())];
        using SKBitmap sheet = new(LabelWidth + PerClass * (Side + Gap) + Gap, rows.Length * (Side + Gap) + Gap);
        using SKCanvas canvas = new(sheet);
        canvas.Clear(SKColors.White);
        using SKPaint ink = new() { Color = SKColors.Black, IsAntialias = true };
        using SKFont font = new(SKTypeface.Default, 14);
        for (int row = 0; row < rows.Length; row++)
        {
            int top = Gap + row * (Side + Gap);
            int label = dataset.Train.Labels[rows[row][0]];
            canvas.DrawText(dataset.ClassNames is { } names ? $"{label} {names[label]}" : $"{label}", Gap, top + Side / 2 + 5, font, ink);
            for (int column = 0; column < rows[row].Length; column++)
            {
                using SKBitmap example = Example(dataset, rows[row][column]);
                float scale = Math.Min((float)Side / example.Width, (float)Side / example.Height);
                SKRect place = SKRect.Create(
                    LabelWidth + column * (Side + Gap), top, Math.Max(1, scale * example.Width), Math.Max(1, scale * example.Height));
                using SKImage image = SKImage.FromBitmap(example);
                canvas.DrawImage(image, place, new SKSamplingOptions(scale < 1 ? SKFilterMode.Linear : SKFilterMode.Nearest));
            }
        }

        canvas.Flush();
        using SKData png = sheet.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private static SKBitmap Example(Dataset dataset, int example)
    {
        if (dataset.Shape is not ExampleShape.Pixels shape)
        {
            // Near to a square of the numbers, in their order.
            int columns = (int)Math.Ceiling(Math.Sqrt(dataset.Shape.Length));
            ReadOnlySpan<float> numbers = dataset.Train.Row(example);
            SKBitmap square = new(columns, (numbers.Length + columns - 1) / columns);
            square.Erase(SKColors.White);
            for (int n = 0; n < numbers.Length; n++)
            {
                byte level = (byte)Math.Clamp(127.5 + 42.5 * dataset.Normalization.Apply(numbers[n], n), 0, 255);
                square.SetPixel(n % columns, n / columns, new SKColor(level, level, level));
            }

            return square;
        }

        ReadOnlySpan<byte> pixels = dataset.Train.Image(example);
        SKBitmap image = new(shape.Columns, shape.Rows);
        for (int n = 0; n < shape.Plane; n++)
        {
            (byte red, byte green, byte blue) = shape.Channels == 3
                ? (pixels[n], pixels[shape.Plane + n], pixels[2 * shape.Plane + n])
                : (pixels[n], pixels[n], pixels[n]);
            image.SetPixel(n % shape.Columns, n / shape.Columns, new SKColor(red, green, blue));
        }

        return image;
    }
}
