using System.Buffers;

namespace SupSup.Core.Datasets;

/// <summary>
/// Resizes images by the triangle filter, which is widened where they become smaller, first across and then down: the bilinear resampling
/// of Pillow, by which torchvision resizes. Weights are whole multiples of 2^-22, so the same levels come out on every machine.
/// </summary>
public static class Bilinear
{
    private const int WeightBits = 22;

    /// <summary>Resizes a window of an image and takes a window of the outcome.</summary>
    /// <param name="image">Levels [channels, rows, columns].</param>
    /// <param name="shape">Their size.</param>
    /// <param name="from">What is resized; pixels outside of it play no part.</param>
    /// <param name="rows">Rows that it is made.</param>
    /// <param name="columns">Columns that it is made.</param>
    /// <param name="part">What is taken of these.</param>
    /// <param name="target">Receives levels [channels, rows of the part, columns of the part].</param>
    public static void Resize(
        ReadOnlySpan<byte> image,
        ExampleShape.Pixels shape,
        PixelWindow from,
        int rows,
        int columns,
        PixelWindow part,
        Span<byte> target)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Taps across = new(from.Columns, columns, part.Left, part.Columns), down = new(from.Rows, rows, part.Top, part.Rows);
        int first = down.First[0], height = down.First[^1] + down.Count[^1] - first;
        byte[] rented = ArrayPool<byte>.Shared.Rent(height * part.Columns);
        Span<byte> narrowed = rented.AsSpan(0, height * part.Columns);
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            ReadOnlySpan<byte> plane = image.Slice(channel * shape.Plane, shape.Plane);
            for (int row = 0; row < height; row++)
            {
                ReadOnlySpan<byte> line = plane.Slice((from.Top + first + row) * shape.Columns + from.Left, from.Columns);
                across.Narrow(line, narrowed.Slice(row * part.Columns, part.Columns));
            }

            for (int row = 0; row < part.Rows; row++)
                down.Flatten(
                    narrowed, first, row, target.Slice((channel * part.Rows + row) * part.Columns, part.Columns));
        }

        ArrayPool<byte>.Shared.Return(rented);
    }

    private static byte Level(int sum) => (byte)Math.Clamp(sum >> WeightBits, 0, 255);

    /// <summary>For each pixel of a side, of which pixels of the side before it is the weighted mean.</summary>
    private sealed class Taps
    {
        private readonly int _width;
        private readonly int[] _weights;

        public Taps(int before, int after, int start, int count)
        {
            double scale = (double)before / after, support = Math.Max(scale, 1);
            _width = (int)Math.Ceiling(support) * 2 + 1;
            (First, Count, _weights) = (new int[count], new int[count], new int[count * _width]);
            Span<double> weights = stackalloc double[_width <= 64 ? _width : 0];
            if (weights.Length == 0) weights = new double[_width];
            for (int n = 0; n < count; n++)
            {
                double centre = (start + n + 0.5) * scale;
                First[n] = Math.Max(0, (int)(centre - support + 0.5));
                Count[n] = Math.Min(before, (int)(centre + support + 0.5)) - First[n];
                double sum = 0;
                for (int tap = 0; tap < Count[n]; tap++)
                    sum += weights[tap] = Math.Max(0, 1 - Math.Abs((First[n] + tap - centre + 0.5) / support));
                for (int tap = 0; tap < Count[n]; tap++)
                    _weights[n * _width + tap] = (int)(0.5 + weights[tap] / sum * (1 << WeightBits));
            }
        }

        public int[] First { get; }

        public int[] Count { get; }

        public void Narrow(ReadOnlySpan<byte> line, Span<byte> target)
        {
            for (int n = 0; n < target.Length; n++)
            {
                int sum = 1 << (WeightBits - 1);
                ReadOnlySpan<int> weights = _weights.AsSpan(n * _width, Count[n]);
                ReadOnlySpan<byte> levels = line.Slice(First[n], weights.Length);
                for (int tap = 0; tap < weights.Length; tap++) sum += levels[tap] * weights[tap];
                target[n] = Level(sum);
            }
        }

        public void Flatten(ReadOnlySpan<byte> lines, int first, int row, Span<byte> target)
        {
            ReadOnlySpan<int> weights = _weights.AsSpan(row * _width, Count[row]);
            lines = lines[((First[row] - first) * target.Length)..];
            for (int column = 0; column < target.Length; column++)
            {
                int sum = 1 << (WeightBits - 1);
                for (int tap = 0; tap < weights.Length; tap++) sum += lines[tap * target.Length + column] * weights[tap];
                target[column] = Level(sum);
            }
        }
    }
}
