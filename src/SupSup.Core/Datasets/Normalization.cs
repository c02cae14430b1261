using System.Collections.Immutable;

namespace SupSup.Core.Datasets;

/// <summary>
/// How an example becomes a network's inputs: (x - mean) / standard deviation. Of images there is one pair for each channel, in units
/// of full scale (x is level / 255); of rows of numbers there is one for each number, in its own units.
/// </summary>
public sealed class Normalization
{
    /// <summary>How many streamed images are decoded to measure all.</summary>
    public const int MostStreamed = 1000;

    /// <summary>Takes means and standard deviations.</summary>
    /// <param name="means">One for each channel or number.</param>
    /// <param name="deviations">As many, each above 0.</param>
    /// <exception cref="ArgumentException">They are not equally many, or one is not a number, or not above 0.</exception>
    public Normalization(ImmutableArray<float> means, ImmutableArray<float> deviations)
    {
        if (means.Length != deviations.Length || !means.All(float.IsFinite) || !deviations.All(x => x > 0 && float.IsFinite(x)))
            throw new ArgumentException("Means and deviations must be finite, equally many, and deviations above 0.", nameof(deviations));
        (Means, Deviations) = (means, deviations);
    }

    /// <summary>Of grey images.</summary>
    /// <param name="mean">Mean of the training pixels.</param>
    /// <param name="deviation">Their standard deviation, above 0.</param>
    public Normalization(float mean, float deviation) : this([mean], [deviation])
    {
    }

    /// <summary>The mean of each channel or number.</summary>
    public ImmutableArray<float> Means { get; }

    /// <summary>The standard deviation of each channel or number.</summary>
    public ImmutableArray<float> Deviations { get; }

    /// <summary>Whether images were made equally bright and contrasted when they were read, before this applies to them.</summary>
    public bool IsEven { get; init; }

    /// <summary>How many pairs there are.</summary>
    public int Entries => Means.Length;

    /// <summary>How many pairs examples of a shape need.</summary>
    /// <param name="shape">The shape.</param>
    public static int EntriesOf(ExampleShape shape) => shape switch
    {
        ExampleShape.Pixels pixels => pixels.Channels,
        _ => shape.Length,
    };

    /// <summary>The input for one pixel, in single precision.</summary>
    /// <param name="pixel">Its level.</param>
    /// <param name="channel">Its channel.</param>
    public float Apply(byte pixel, int channel = 0) => Apply(pixel / 255f, channel);

    /// <summary>The input for one number, in single precision.</summary>
    /// <param name="value">The number.</param>
    /// <param name="entry">Which of a row it is.</param>
    public float Apply(float value, int entry) => (value - Means[entry]) / Deviations[entry];

    /// <summary>A new table <c>[channels, 256]</c> of the input for each level.</summary>
    public float[] Table()
    {
        float[] table = new float[256 * Entries];
        for (int n = 0; n < table.Length; n++) table[n] = Apply((byte)n, n >> 8);
        return table;
    }

    /// <summary>
    /// Measures the mean and the (population) standard deviation of each channel or number. A constant one gets deviation 1. Sums of
    /// levels are exact integers and numbers are summed in their order in double precision, so the result is the same on every machine.
    /// Images that are streamed are measured on <see cref="MostStreamed"/> of them, evenly spread.
    /// </summary>
    /// <param name="examples">The training examples.</param>
    /// <exception cref="ArgumentException">There are none, or every pixel of all images has one value.</exception>
    public static Normalization Measure(ExampleSet examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        if (examples.Count == 0) throw new ArgumentException("No examples to measure.", nameof(examples));
        long[][]? histograms = examples.Shape is ExampleShape.Pixels shape ? Histograms(examples, shape) : null;
        if (histograms is not null && histograms.All(own => Array.FindIndex(own, count => count > 0) is var level
            && Array.FindLastIndex(own, count => count > 0) == level && histograms[0][level] > 0))
            throw new ArgumentException(
                $"Every pixel has the value {Array.FindIndex(histograms[0], count => count > 0)}.", nameof(examples));
        (float Mean, float Deviation)[] measured = [.. Enumerable.Range(0, EntriesOf(examples.Shape))
            .Select(entry => histograms is null ? OfNumber(examples, entry) : OfChannel(histograms[entry]))];
        return new([.. measured.Select(entry => entry.Mean)], [.. measured.Select(entry => entry.Deviation)]);
    }

    // How often each level is there, for each channel.
    private static long[][] Histograms(ExampleSet images, ExampleShape.Pixels shape)
    {
        long[][] histograms = [.. Enumerable.Range(0, shape.Channels).Select(_ => new long[256])];
        if (images.Source is null)
        {
            for (int n = 0; n < images.Count; n++) Count(images.Image(n));
            return histograms;
        }

        int measured = Math.Min(images.Count, MostStreamed), next = 0;
        using Prefetch<int, byte[]> decoded = new(
            measured, 2 * Environment.ProcessorCount, () => (int)((long)next++ * images.Count / measured), n => images.Image(n).ToArray());
        for (int n = 0; n < measured; n++) Count(decoded.Take());
        return histograms;

        void Count(ReadOnlySpan<byte> image)
        {
            for (int n = 0; n < histograms.Length; n++)
                foreach (byte pixel in image.Slice(n * shape.Plane, shape.Plane)) histograms[n][pixel]++;
        }
    }

    private static (float Mean, float Deviation) OfChannel(long[] histogram)
    {
        (long count, long sum, long squares) = (histogram.Sum(), 0, 0);
        for (int value = 0; value < histogram.Length; value++)
        {
            sum += value * histogram[value];
            squares += (long)value * value * histogram[value];
        }

        // n² var = n Σx² - (Σx)², exact in 128 bits where 64 would overflow from 12,000 images of 28 x 28 on.
        Int128 scaledVariance = (Int128)count * squares - (Int128)sum * sum;
        double full = 255.0 * count;
        return ((float)(sum / full), scaledVariance == 0 ? 1 : (float)(Math.Sqrt((double)scaledVariance) / full));
    }

    private static (float Mean, float Deviation) OfNumber(ExampleSet rows, int entry)
    {
        (double sum, double squares) = (0, 0);
        (int width, float[] values) = (rows.Shape.Length, rows.Values);
        for (int n = entry; n < values.Length; n += width) sum += values[n];
        double mean = sum / rows.Count;
        for (int n = entry; n < values.Length; n += width) squares += (values[n] - mean) * (values[n] - mean);
        float deviation = (float)Math.Sqrt(squares / rows.Count);

        // So small a deviation is rounding, or would make inputs infinite: the number is constant.
        return ((float)mean, deviation > Math.Abs(mean) * 1e-7 && float.IsFinite(1 / deviation) ? deviation : 1);
    }
}
