using SupSup.Core.Inference;

namespace SupSup.Core.Tests.Inference;

public sealed class MaskPredictionTests
{
    [Fact]
    public void Given_superfluous_outputs_larger_than_the_classes_when_read_then_they_are_no_class_but_count_for_the_entropy()
    {
        float[] logits =
        [
            1, 3, 2, 9, 0,
            -5, -7, -6, 4, 5,
            0, 0, 0, 0, 0,
        ];
        int[] classes = new int[3];
        double[] entropies = new double[3];

        MaskPrediction.Read(logits, outputs: 5, classes: 3, classes, entropies);

        Assert.Equal([1, 0, 0], classes);
        Assert.Equal(logits.Chunk(5).Select(row => EntropyObjective.Entropy(row)), entropies);
        Assert.Equal(Math.Log(5), entropies[2], 1e-12);
        Assert.NotEqual(EntropyObjective.Entropy(logits.AsSpan(0, 3)), entropies[0], 0.01);
    }

    [Fact]
    public void Given_no_superfluous_outputs_when_read_then_the_largest_logit_is_the_class()
    {
        int[] classes = new int[1];

        MaskPrediction.Read([0, 1, 2], outputs: 3, classes: 3, classes, new double[1]);

        Assert.Equal([2], classes);
    }
}
