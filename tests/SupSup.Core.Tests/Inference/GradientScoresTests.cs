using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Inference;

public sealed class GradientScoresTests
{
    private const int Rows = 3;

    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(37, [19, 11], 13), 4);

    [Theory]
    [InlineData(LayerSelection.All)]
    [InlineData(LayerSelection.First)]
    public void Given_factors_when_masks_are_scored_then_each_score_is_minus_the_plain_triple_sum(LayerSelection layers)
    {
        RankOneFactors factors = Factors(seed: 1);
        TaskMask[] masks = RandomData.Masks(Network.Shape, 5, 2);
        var scorer = new GradientScores(Network, layers);

        // Rows out of order, so that what a row leaves in the buffers would show in the next.
        foreach (int row in new[] { 2, 0, 1, 2 })
        {
            float[] scores = scorer.Of(factors, row, 1, masks);
            for (int i = 0; i < masks.Length; i++)
            {
                (double sum, double magnitude) = TripleSum(factors, row, masks[i], layers == LayerSelection.First ? 1 : 3);
                Assert.True(magnitude > 0);
                Assert.Equal(-sum, scores[i], 1e-6 * magnitude);
            }
        }
    }

    [Fact]
    public void Given_no_masks_when_scored_then_there_are_no_scores() =>
        Assert.Empty(new GradientScores(Network, LayerSelection.All).Of(Factors(seed: 1), 0, 1, []));

    [Fact]
    public void Given_factors_that_do_not_fit_the_shape_when_wrapped_then_the_error_names_rows_and_shape()
    {
        RankOneFactors good = Factors(seed: 1);

        ArgumentException[] errors =
        [
            Assert.Throws<ArgumentException>(() => new RankOneFactors(Network.Shape, Rows + 1, good.Deltas, good.Activations)),
            Assert.Throws<ArgumentException>(() => new RankOneFactors(Network.Shape, Rows, good.Activations, good.Deltas)),
            Assert.Throws<ArgumentException>(() => new RankOneFactors(Network.Shape, Rows, good.Deltas[..2], good.Activations)),
        ];

        Assert.All(errors, error => Assert.Contains("rows of matrices 19x37 11x19 13x11", error.Message, StringComparison.Ordinal));
    }

    // Every third δ is exactly zero, as behind an inactive unit.
    private static RankOneFactors Factors(int seed)
    {
        ImmutableArray<float[]> deltas =
            [.. Network.Shape.Layers.Select((layer, l) => RandomData.Floats(Rows * layer.Outputs, seed * 10 + l))];
        foreach (float[] layer in deltas)
        {
            for (int n = 0; n < layer.Length; n += 3)
                layer[n] = 0;
        }

        return new RankOneFactors(
            Network.Shape, Rows, deltas,
            [.. Network.Shape.Layers.Select((layer, l) => RandomData.Floats(Rows * layer.FanIn, seed * 10 + 5 + l))]);
    }

    private static (double Sum, double Magnitude) TripleSum(RankOneFactors factors, int row, TaskMask mask, int layers)
    {
        double sum = 0;
        double magnitude = 0;
        for (int l = 0; l < layers; l++)
        {
            (int outputs, int inputs, _) = Network.Shape.Layers[l];
            for (int j = 0; j < outputs; j++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    double term = (double)factors.Deltas[l][row * outputs + j] * Network.Weights(
                        l)[j * inputs + i] * factors.Activations[l][row * inputs + i];
                    sum += mask[l, j, i] ? term : 0;
                    magnitude += mask[l, j, i] ? Math.Abs(term) : 0;
                }
            }
        }

        return (sum, magnitude);
    }
}
