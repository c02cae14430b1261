using System.Globalization;
using SupSup.Core.Random;

namespace SupSup.Core.Datasets;

/// <summary>
/// A crop of the image's own size out of the image with a border of level 0: the image moved by up to the border's width, in both
/// directions, each move as likely as any other.
/// </summary>
public sealed class CropAugmentation : IAugmentation
{
    private const int Widest = 1024;
    private readonly int _padding;

    /// <summary>Reads the width of the border.</summary>
    /// <param name="padding">In pixels, as text.</param>
    /// <exception cref="ArgumentException">It is no number from 1 to 1024.</exception>
    public CropAugmentation(string padding)
    {
        if (!int.TryParse(padding, NumberStyles.None, CultureInfo.InvariantCulture, out _padding) || _padding is < 1 or > Widest)
            throw new ArgumentException(
                $"augmentation 'crop:{padding}': use the width of the border in pixels, 1 to {Widest}, as in crop:4");
    }

    /// <inheritdoc/>
    public string Name => $"crop:{_padding}";

    /// <inheritdoc/>
    public bool TakesAnySize => false;

    /// <inheritdoc/>
    public ExampleShape.Pixels Made(ExampleShape.Pixels shape) => shape;

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<byte> image, ExampleShape.Pixels shape, RandomStream random, Span<byte> target)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(random);
        int down = random.NextInt32(2 * _padding + 1) - _padding;
        int right = random.NextInt32(2 * _padding + 1) - _padding;
        (int from, int to) = (Math.Max(0, -right), Math.Min(shape.Columns, shape.Columns - right));
        target[..shape.Length].Clear();
        if (from >= to) return;
        for (int line = 0; line < shape.Channels * shape.Rows; line++)
        {
            int row = line % shape.Rows + down;
            if (row < 0 || row >= shape.Rows) continue;
            int start = (line + down) * shape.Columns + right;
            image[(start + from)..(start + to)].CopyTo(target[(line * shape.Columns + from)..]);
        }
    }
}
