namespace SupSup.Core.Datasets;

/// <summary>How a grey level 0..255 becomes a network's input: scaled to 0..1, then standardised.</summary>
/// <param name="Mean">Mean of the training pixels, in units of full scale (0..1).</param>
/// <param name="StandardDeviation">Their standard deviation in the same units; must be positive.</param>
public readonly record struct Normalization(float Mean, float StandardDeviation)
{
    /// <summary>The input for one pixel: (pixel / 255 - mean) / standard deviation, in single precision.</summary>
    /// <param name="pixel">Grey level.</param>
    public float Apply(byte pixel) => (pixel / 255f - Mean) / StandardDeviation;

    /// <summary>A new table <c>[256]</c> of <see cref="Apply"/> for each grey level.</summary>
    public float[] Table()
    {
        var table = new float[256];
        for (int pixel = 0; pixel < table.Length; pixel++)
            table[pixel] = Apply((byte)pixel);
        return table;
    }

    /// <summary>
    /// Measures the mean and the (population) standard deviation of pixels. The sums are exact integers, so the
    /// result is the same on every machine and in every order of the pixels.
    /// </summary>
    /// <param name="pixels">Grey levels, any positive number of them.</param>
    /// <exception cref="ArgumentException">There are no pixels, or all have one value.</exception>
    public static Normalization Measure(ReadOnlySpan<byte> pixels)
    {
        if (pixels.IsEmpty)
            throw new ArgumentException("No pixels to measure.", nameof(pixels));

        Span<long> histogram = stackalloc long[256];
        histogram.Clear();
        foreach (byte pixel in pixels)
            histogram[pixel]++;

        long sum = 0;
        long squares = 0;
        for (int value = 0; value < histogram.Length; value++)
        {
            sum += value * histogram[value];
            squares += (long)value * value * histogram[value];
        }

        // n² var = n Σx² - (Σx)², exact in 128 bits where 64 would overflow from 12,000 images of 28 x 28 on.
        Int128 scaledVariance = (Int128)pixels.Length * squares - (Int128)sum * sum;
        if (scaledVariance == 0)
            throw new ArgumentException($"Every pixel has the value {pixels[0]}.", nameof(pixels));

        double full = 255.0 * pixels.Length;
        return new((float)(sum / full), (float)(Math.Sqrt((double)scaledVariance) / full));
    }
}
