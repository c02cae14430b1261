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

            Normalization measured = Normalization.Measure(Grey(pixels));

            Assert.Equal(mean, measured.Means[0], 1e-6);
            Assert.Equal(deviation, measured.Deviations[0], 1e-6);
        });

    [Fact]
    public void Given_more_pixels_than_64_bits_can_square_when_measured_then_the_deviation_is_right()
    {
        var pixels = new byte[100_000_000];
        pixels.AsSpan(0, pixels.Length / 2).Fill(255);

        Normalization measured = Normalization.Measure(Grey(pixels));

        Assert.Equal((0.5f, 0.5f), (measured.Means[0], measured.Deviations[0]));
    }

    [Fact]
    public void Given_images_of_several_channels_when_measured_then_each_has_its_own_and_a_constant_one_deviation_1()
    {
        var images = new ExampleSet(new ExampleShape.Pixels(3, 1, 2), [0, 255, 51, 51, 0, 0, 255, 0, 51, 51, 0, 102], [0, 1]);

        Normalization measured = Normalization.Measure(images);

        Assert.Equal([0.5f, 0.2f, 0.1f], measured.Means);
        Assert.Equal([0.5f, 1f], measured.Deviations[..2]);
        Assert.Equal(Math.Sqrt(3) / 10, measured.Deviations[2], 1e-7);
        Assert.Equal(0, measured.Apply(51, 1));
        Assert.Equal(measured.Apply(102, 2), measured.Table()[2 * 256 + 102]);
    }

    [Fact]
    public void Given_rows_of_numbers_when_measured_then_each_number_has_its_own_and_a_constant_one_deviation_1()
    {
        var rows = new ExampleSet(new ExampleShape.Vector(3), [1e9f, 0.1f, -3, 1e9f, 0.1f, 5, 1e9f, 0.1f, 1], [0, 1, 0]);

        Normalization measured = Normalization.Measure(rows);

        Assert.Equal([1e9f, 0.1f, 1f], measured.Means);
        Assert.Equal([1f, 1f], measured.Deviations[..2]);
        Assert.Equal(Math.Sqrt(32 / 3.0), measured.Deviations[2], 1e-6);
    }

    [Fact]
    public void Given_nothing_to_measure_when_measured_then_refused()
    {
        Assert.Throws<ArgumentException>(() => Normalization.Measure(Grey([])));
        Assert.Throws<ArgumentException>(() => Normalization.Measure(Grey([9, 9, 9])));
        Assert.Throws<ArgumentException>(() => new Normalization(0.5f, 0));
        Assert.Throws<ArgumentException>(() => new Normalization([0.5f], [1, 1]));
    }

    private static ExampleSet Grey(byte[] pixels) => new(new ExampleShape.Pixels(1, 1, 1), pixels, new int[pixels.Length]);
}
