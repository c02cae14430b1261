using SupSup.Core.Datasets;

namespace SupSup.Core.Tasks;

/// <summary>
/// Rotated images, as the RotatingMNIST of the paper's code: task t turns every image counterclockwise, about its
/// centre, by t times 10 degrees. Size stays; each pixel is the one whose square its centre comes from, and background
/// where that is outside. The seed plays no part.
/// </summary>
public sealed class RotatedFamily : ITaskFamily
{
    /// <summary>Degrees between two tasks.</summary>
    public const int Step = 10;

    // Coordinates are whole multiples of 2^-16 of a pixel, as in Pillow, whose rotate the paper's code calls. So
    // pixels are the same as there, and the same on every machine, whose sines may differ in the last bit.
    private const int FractionBits = 16;

    /// <inheritdoc/>
    public string Name => "rotated";

    /// <summary>Where the pixels of a rotated image come from.</summary>
    /// <param name="rows">Height of an image.</param>
    /// <param name="columns">Width of an image.</param>
    /// <param name="degrees">Counterclockwise.</param>
    /// <returns>For each pixel, row by row, the pixel it is or <see cref="ClassificationTask.Background"/>.</returns>
    public static int[] Source(int rows, int columns, int degrees)
    {
        // Turning back a point (x, y), y downwards, gives (cos x - sin y, sin x + cos y); sines of right angles are exact.
        double cos = Math.Round(Math.Cos(double.DegreesToRadians(degrees)), 15);
        double sin = Math.Round(Math.Sin(double.DegreesToRadians(degrees)), 15);
        (double x, double y) = (columns / 2.0, rows / 2.0);
        long left = Fixed(x - cos * (x - 0.5) + sin * (y - 0.5));
        long top = Fixed(y - sin * (x - 0.5) - cos * (y - 0.5));
        int[] source = new int[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                long fromColumn = (left + column * Fixed(cos) - row * Fixed(sin)) >> FractionBits;
                long fromRow = (top + column * Fixed(sin) + row * Fixed(cos)) >> FractionBits;
                bool isInside = fromColumn >= 0 && fromColumn < columns && fromRow >= 0 && fromRow < rows;
                source[row * columns + column] = isInside ? (int)(fromRow * columns + fromColumn) : ClassificationTask.Background;
            }
        }

        return source;
    }

    /// <inheritdoc/>
    public int? Tasks(Dataset dataset)
    {
        _ = Images(dataset);
        return 360 / Step;
    }

    /// <inheritdoc/>
    public ClassificationTask Make(Dataset dataset, ulong seed, int index)
    {
        this.CheckHas(dataset, index);
        ExampleShape.Pixels images = Images(dataset);
        return new(dataset, images.InEachChannel(Source(images.Rows, images.Columns, index * Step)));
    }

    private ExampleShape.Pixels Images(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return dataset.Shape as ExampleShape.Pixels
            ?? throw new ArgumentException($"task family '{Name}' turns images, but {dataset.Name} has rows of {dataset.Shape}");
    }

    private static long Fixed(double value) => (long)Math.Floor(value * (1 << FractionBits) + 0.5);
}
