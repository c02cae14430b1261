using SupSup.Core.Inference;

namespace SupSup.Core.Tests.Inference;

public sealed class SoftmaxSumsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(7, 3)]
    [InlineData(8, 8)]
    [InlineData(9, 8)]
    [InlineData(100, 10)]
    [InlineData(503, 17)]
    public void Given_logits_of_any_size_when_summed_then_the_figures_are_those_of_double_precision(int outputs, int classes)
    {
        foreach (float scale in new[] { 0.01f, 4, 60 })
        {
            for (int seed = 0; seed < 5; seed++)
            {
                float[] logits = RandomData.Floats(outputs, seed, scale);
                double largest = logits.Max();
                double[] e = [.. logits.Select(z => Math.Exp(z - largest))];

                SoftmaxSums sums = SoftmaxSums.Of(logits, classes);

                Assert.Equal(largest, sums.Largest);
                AssertClose(e[..classes].Sum(), sums.Classes);
                AssertClose(e[classes..].Sum(), sums.Superfluous);
                AssertClose(e.Zip(logits, (one, z) => one * (z - largest)).Sum(), sums.Weighted);
                AssertClose(largest + Math.Log(e.Sum()), sums.LogSum);
            }
        }
    }

    // Farther below the largest than single precision's smallest number.
    [Theory]
    [InlineData(-60)]
    [InlineData(-86)]
    [InlineData(-500)]
    public void Given_superfluous_outputs_far_below_when_evidence_is_read_then_it_is_that_of_double_precision(float superfluous)
    {
        float[] logits = [1, 2, 3, superfluous, superfluous, superfluous];
        double all = Math.Log(logits.Sum(z => Math.Exp(z)));

        Assert.Equal(all - (0.5 * (superfluous + Math.Log(3))), Evidence.Of(logits, 3), 1e-5);
    }

    private static void AssertClose(double expected, double actual) =>
        Assert.Equal(expected, actual, 1e-6 * Math.Max(1, Math.Abs(expected)));
}
