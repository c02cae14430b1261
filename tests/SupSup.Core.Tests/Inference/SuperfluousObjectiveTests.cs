using SupSup.Core.Inference;

namespace SupSup.Core.Tests.Inference;

public sealed class SuperfluousObjectiveTests
{
    private static readonly SuperfluousObjective G = new();

    [Theory]
    [InlineData(11, 10)]
    [InlineData(100, 10)]
    [InlineData(5, 1)]
    public void Given_random_logits_when_differentiated_then_superfluous_outputs_have_the_gradient_of_logsumexp_and_classes_none(
        int outputs, int classes)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            float[] logits = RandomData.Floats(outputs, seed, scale: 4);
            float[] gradient = [.. Enumerable.Repeat(float.NaN, outputs)];

            double value = G.Differentiate(logits, classes, gradient);

            Assert.Equal(LogSumExp([.. logits]), value, 1e-12);
            Assert.All(gradient[..classes], slope => Assert.Equal(0f, slope));
            for (int j = classes; j < outputs; j++)
                Assert.Equal(CentralDifference.Of(LogSumExp, logits, j), gradient[j], 1e-7);
        }
    }

    [Theory]
    [InlineData(1e30f)]
    [InlineData(float.MaxValue)]
    public void Given_huge_logits_when_differentiated_then_value_and_gradient_are_finite(float size)
    {
        float[] gradient = new float[3];

        Assert.Equal(size, G.Differentiate([size, -size, size], 1, gradient), size * 1e-6);
        Assert.All(gradient, slope => Assert.InRange(slope, 0f, 1f));
    }

    [Fact]
    public void Given_logits_whose_exponentials_overflow_when_differentiated_then_the_gradient_is_still_right()
    {
        float[] gradient = new float[3];

        Assert.Equal(1e4 + Math.Log(2), G.Differentiate([1e4f, -1e4f, 1e4f], 1, gradient), 1e-9);
        Assert.Equal([0, 0, 0.5f], gradient);
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(10, 9)]
    public void Given_no_superfluous_outputs_when_checked_then_the_error_names_the_sizes_and_what_to_use(int classes, int outputs)
    {
        var error = Assert.Throws<ArgumentException>(() => G.Check(classes, outputs));

        Assert.Contains($"{outputs} outputs for {classes} classes", error.Message, StringComparison.Ordinal);
        Assert.Contains("objective H", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_one_superfluous_output_when_checked_then_it_is_fine()
    {
        G.Check(10, 11);
        Assert.Equal("G", G.Name);
    }

    [Fact]
    public void Given_the_objectives_when_one_is_asked_for_then_it_is_found_and_an_unknown_name_lists_the_known()
    {
        Assert.IsType<EntropyObjective>(Objectives.Get("H"));
        Assert.IsType<SuperfluousObjective>(Objectives.Get("G"));
        var error = Assert.Throws<ArgumentException>(() => Objectives.Get("K"));
        Assert.Contains("'K': use one of H, G", error.Message, StringComparison.Ordinal);
    }

    private static double LogSumExp(double[] logits) => Math.Log(logits.Sum(Math.Exp));
}
