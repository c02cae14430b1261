using SupSup.Core.Kernels;
using SupSup.Experiments.Methods;

namespace SupSup.Experiments.Tests.Methods;

public sealed class RotationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(33)]
    [InlineData(300)]
    public void Given_any_size_when_drawn_then_rows_are_orthonormal_and_what_lies_beyond_them_is_zero(int size)
    {
        float[] rotation = Draw(4, 0, size);

        int width = AlignedFloats.Width(size);
        for (int a = 0; a < size; a++)
        {
            Span<float> row = rotation.AsSpan(a * width, width);
            Assert.All(row[size..].ToArray(), static value => Assert.Equal(0, value));
            for (int b = 0; b <= a; b++)
            {
                double product = 0;
                for (int n = 0; n < size; n++) product += (double)row[n] * rotation[(b * width) + n];
                Assert.Equal(a == b ? 1 : 0, product, 1e-5);
            }
        }
    }

    [Fact]
    public void Given_seed_and_layer_when_drawn_again_then_the_rotation_is_the_same_and_that_of_others_is_not()
    {
        float[] rotation = Draw(4, 1, 20);

        Assert.Equal(rotation, Draw(4, 1, 20));
        Assert.NotEqual(rotation, Draw(5, 1, 20));
        Assert.NotEqual(rotation, Draw(4, 2, 20));
    }

    // By Haar's measure on O(n), n at least 2, the trace has mean 0 and variance 1, its fourth power mean 3 (n at least 4),
    // and every element mean square 1/n; a Householder product with a sign left out fails the first.
    [Fact]
    public void Given_many_draws_when_measured_then_trace_and_elements_have_the_moments_of_the_uniform_measure()
    {
        const int Size = 5;
        const int Draws = 20_000;
        double mean = 0, square = 0, fourth = 0;
        double[] elements = new double[Size * Size];
        double[] sums = new double[Size * Size];
        for (int draw = 0; draw < Draws; draw++)
        {
            float[] rotation = Draw((ulong)draw, 0, Size);
            double trace = Enumerable.Range(0, Size).Sum(n => rotation[n * 17]);
            mean += trace / Draws;
            square += trace * trace / Draws;
            fourth += Math.Pow(trace, 4) / Draws;
            for (int n = 0; n < elements.Length; n++)
            {
                double value = rotation[(n / Size * 16) + (n % Size)];
                sums[n] += value / Draws;
                elements[n] += value * value / Draws;
            }
        }

        Assert.Equal(0, mean, 0.04);
        Assert.Equal(1, square, 0.05);
        Assert.Equal(3, fourth, 0.4);
        Assert.All(sums, static value => Assert.Equal(0, value, 0.02));
        Assert.All(elements, static value => Assert.Equal(1.0 / Size, value, 0.01));
    }

    private static float[] Draw(ulong seed, int layer, int size)
    {
        using AlignedFloats rotation = Rotation.Draw(seed, layer, size);
        return rotation.Span.ToArray();
    }
}
