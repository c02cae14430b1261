using SupSup.Core.Inference;

namespace SupSup.Core.Tests.Inference;

public sealed class EntropyObjectiveTests
{
    private static readonly EntropyObjective H = new();

    [Theory]
    [InlineData(2, 0f)]
    [InlineData(10, -3f)]
    [InlineData(500, 1e4f)]
    public void Given_equal_logits_when_measured_then_the_entropy_is_the_log_of_their_number_and_the_gradient_vanishes(
        int outputs, float logit)
    {
        float[] logits = [.. Enumerable.Repeat(logit, outputs)];
        float[] gradient = new float[outputs];

        Assert.Equal(Math.Log(outputs), EntropyObjective.Entropy(logits), 1e-10);
        Assert.Equal(Math.Log(outputs), H.Differentiate(logits, outputs, gradient), 1e-10);
        Assert.All(gradient, value => Assert.Equal(0, value, 1e-12));
    }

    [Fact]
    public void Given_two_logits_when_measured_then_it_is_the_entropy_of_their_softmax()
    {
        // ln 3 apart: probabilities 3/4 and 1/4.
        double expected = -(0.75 * Math.Log(0.75) + 0.25 * Math.Log(0.25));

        Assert.Equal(expected, EntropyObjective.Entropy([(float)Math.Log(3), 0]), 1e-7);
    }

    [Theory]
    [InlineData(1e30f)]
    [InlineData(float.MaxValue)]
    public void Given_huge_logits_when_measured_then_entropy_and_gradient_are_finite(float size)
    {
        float[] gradient = new float[4];

        double entropy = H.Differentiate([size, -size, 0, size], 4, gradient);

        Assert.InRange(entropy, 0, Math.Log(4));
        Assert.All(gradient, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Given_logits_whose_exponentials_overflow_when_measured_then_the_entropy_is_still_right()
    {
        Assert.Equal(Math.Log(2), EntropyObjective.Entropy([1e4f, -1e4f, 0, 1e4f]), 1e-10);
        Assert.Equal(0, EntropyObjective.Entropy([1e4f, -1e4f, 0, 0]), 1e-10);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(15, 10)]
    [InlineData(100, 10)]
    public void Given_random_logits_when_differentiated_then_value_and_gradient_are_those_of_central_differences(int outputs, int classes)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            float[] logits = RandomData.Floats(outputs, seed, scale: 4);
            float[] gradient = new float[outputs];

            double value = H.Differentiate(logits, classes, gradient);

            // Exponentials are of single precision.
            Assert.Equal(Entropy([.. logits]), value, 1e-6);
            for (int j = 0; j < outputs; j++)
                Assert.Equal(CentralDifference.Of(Entropy, logits, j), gradient[j], 1e-7);
        }
    }

    [Fact]
    public void Given_no_superfluous_outputs_when_checked_then_it_is_fine()
    {
        H.Check(10, 10);
        Assert.Equal("H", H.Name);
    }

    private static double Entropy(double[] logits)
    {
        double sum = logits.Sum(Math.Exp);
        return -logits.Sum(z => Math.Exp(z) / sum * Math.Log(Math.Exp(z) / sum));
    }
}
