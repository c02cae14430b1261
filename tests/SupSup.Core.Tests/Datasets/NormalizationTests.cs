using CsCheck;
using SupSup.Core.Datasets;

namespace SupSup.Core.Tests.Datasets;

public sealed class NormalizationTests
{
    [Fact]
    public void Given_the_constants_of_mnist_when_tabulated_then_each_entry_is_the_formula()
    {
        var mnist = new Normalization(0.1307f, 0.3081f);

        float[] table = mnist.Table();

        Assert.Equal(256, table.Length);
        Assert.Equal(-0.42421296f, table[0], 1e-6f);
        Assert.Equal(2.8214867f, table[255], 1e-6f);
        for (int pixel = 0; pixel < 256; pixel++)
            Assert.Equal((pixel / 255f - 0.1307f) / 0.3081f, table[pixel]);
    }

    [Fact]
    public void Given_any_pixels_when_measured_then_mean_and_deviation_are_those_of_the_definition() =>
        Gen.Byte.Array[2, 300].Where(pixels => pixels.Distinct().Count() > 1).Sample(pixels =>
        {
            double[] scaled = [.. pixels.Select(pixel => pixel / 255.0)];
            double mean = scaled.Average();
            double deviation = Math.Sqrt(scaled.Average(x => (x - mean) * (x - mean)));

            Normalization measured = Normalization.Measure(pixels);

            Assert.Equal(mean, measured.Mean, 1e-6);
            Assert.Equal(deviation, measured.StandardDeviation, 1e-6);
        });

    [Fact]
    public void Given_more_pixels_than_64_bits_can_square_when_measured_then_the_deviation_is_right()
    {
        var pixels = new byte[100_000_000];
        pixels.AsSpan(0, pixels.Length / 2).Fill(255);

        Assert.Equal(new Normalization(0.5f, 0.5f), Normalization.Measure(pixels));
    }

    [Fact]
    public void Given_nothing_to_measure_when_measured_then_refused()
    {
        Assert.Throws<ArgumentException>(() => Normalization.Measure([]));
        Assert.Throws<ArgumentException>(() => Normalization.Measure([9, 9, 9]));
    }
}
