using System.Globalization;
using SupSup.Core.Random;

namespace SupSup.Core.Datasets;

/// <summary>
/// A window of the image, of 8 to 100 % of its area and between 3 : 4 and 4 : 3, made a square: torchvision's RandomResizedCrop. Of images
/// that are streamed the window is one of the picture as it is stored.
/// </summary>
public sealed class ResizedCropAugmentation : IAugmentation
{
    private const int Tries = 10;
    private const double LeastArea = 0.08;
    private const double WidestRatio = 4.0 / 3;
    private const double LogWidestRatio = 0.28768207245178092744; // ln(4/3)
    private readonly int _side;

    /// <summary>Reads the side of the square.</summary>
    /// <param name="side">In pixels, as text.</param>
    /// <exception cref="ArgumentException">It is no number from 1 to 65,535.</exception>
    public ResizedCropAugmentation(string side)
    {
        if (!int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out _side) || _side is < 1 or > ushort.MaxValue)
            throw new ArgumentException(
                $"augmentation 'resized-crop:{side}': use the square's side in pixels, 1 to {ushort.MaxValue}, as in resized-crop:224");
    }

    /// <inheritdoc/>
    public string Name => $"resized-crop:{_side}";

    /// <inheritdoc/>
    public bool TakesAnySize => true;

    /// <summary>Draws the window.</summary>
    /// <param name="shape">The size of the image.</param>
    /// <param name="random">Its stream.</param>
    public static PixelWindow Draw(ExampleShape.Pixels shape, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(random);
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            double area = shape.Plane * (LeastArea + (1 - LeastArea) * random.NextSingle());
            double ratio = Exp((2.0 * random.NextSingle() - 1) * LogWidestRatio);
            int columns = (int)Math.Round(Math.Sqrt(area * ratio));
            int rows = (int)Math.Round(Math.Sqrt(area / ratio));
            if (columns < 1 || columns > shape.Columns || rows < 1 || rows > shape.Rows) continue;
            int top = random.NextInt32(shape.Rows - rows + 1);
            return new(top, random.NextInt32(shape.Columns - columns + 1), rows, columns);
        }

        // The middle of an image that is too long for most windows.
        int height = (int)Math.Round(Math.Min(shape.Rows, shape.Columns * WidestRatio));
        int width = (int)Math.Round(Math.Min(shape.Columns, shape.Rows * WidestRatio));
        return new((shape.Rows - height) / 2, (shape.Columns - width) / 2, height, width);
    }

    /// <inheritdoc/>
    public ExampleShape.Pixels Made(ExampleShape.Pixels shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new(shape.Channels, _side, _side);
    }

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<byte> image, ExampleShape.Pixels shape, RandomStream random, Span<byte> target) =>
        Bilinear.Resize(image, shape, Draw(shape, random), _side, _side, new(0, 0, _side, _side), target);

    // By its series, since the machine's own may differ in the last bit.
    private static double Exp(double x)
    {
        double sum = 1;
        for (int n = 16; n > 0; n--) sum = 1 + x * sum / n;
        return sum;
    }
}
