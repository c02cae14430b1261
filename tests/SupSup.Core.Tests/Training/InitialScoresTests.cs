using SupSup.Core.Networks;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Training;

public sealed class InitialScoresTests
{
    // Computed by an independent implementation of docs/formats.md.
    [Fact]
    public void Given_task_seed_1_when_filled_then_the_first_scores_of_784_inputs_are_those_of_the_contract()
    {
        float[] scores = Fill(new LayerShape(300, 784), layer: 0, taskSeed: 1);

        Assert.Equal([0xbbcf48e5, 0x3c49d0e1, 0xbc00c6dc, 0x3ca17c9c], scores[..4].Select(BitConverter.SingleToUInt32Bits));
    }

    [Theory]
    [InlineData(784, 300)]
    [InlineData(100, 500)]
    public void Given_a_layer_when_filled_then_scores_are_uniform_within_one_over_the_root_of_the_fan_in(int inputs, int outputs)
    {
        float[] scores = Fill(new LayerShape(outputs, inputs), layer: 1, taskSeed: 5);
        double bound = 1 / Math.Sqrt(inputs);

        Assert.All(scores, score => Assert.InRange(score, -bound, bound));
        Assert.Equal(0, scores.Average(), 0.02 * bound);
        Assert.Equal(bound * bound / 3, scores.Average(score => (double)score * score), 0.02 * bound * bound);
        Assert.InRange(scores.Max(), 0.99 * bound, bound);
    }

    [Fact]
    public void Given_other_layers_or_task_seeds_when_filled_then_the_scores_differ()
    {
        var shape = new LayerShape(10, 10);
        float[][] all = [Fill(shape, 0, 1), Fill(shape, 1, 1), Fill(shape, 0, 2)];

        Assert.Equal(300, all.SelectMany(scores => scores).Distinct().Count());
    }

    private static float[] Fill(LayerShape shape, int layer, ulong taskSeed)
    {
        float[] scores = new float[shape.Count];
        InitialScores.Fill(shape, layer, taskSeed, scores);
        return scores;
    }
}
