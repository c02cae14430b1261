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

        MaskPrediction[] read = [.. logits.Chunk(5).Select(row => MaskPrediction.Of(row, classes: 3))];

        Assert.Equal([1, 0, 0], read.Select(row => row.Class));
        Assert.Equal(logits.Chunk(5).Select(row => EntropyObjective.Entropy(row)), read.Select(row => row.Entropy));
        Assert.Equal(Math.Log(5), read[2].Entropy, 1e-12);
        Assert.NotEqual(EntropyObjective.Entropy(logits.AsSpan(0, 3)), read[0].Entropy, 0.01);
    }

    [Fact]
    public void Given_no_superfluous_outputs_when_read_then_the_largest_logit_is_the_class() =>
        Assert.Equal(2, MaskPrediction.Of([0, 1, 2], classes: 3).Class);

    [Fact]
    public void Given_logits_when_read_then_the_evidence_is_what_all_outputs_have_less_half_of_the_superfluous()
    {
        double expected = Math.Log(Math.E + Math.Exp(3) + Math.Exp(-2) + 1) - (0.5 * Math.Log(Math.Exp(-2) + 1));

        Assert.Equal(expected, MaskPrediction.Of([1, 3, -2, 0], classes: 2).Evidence, 1e-6);
        Assert.Equal(Math.Log(Math.E + Math.Exp(3)), MaskPrediction.Of([1, 3], classes: 2).Evidence, 1e-6);
        Assert.Equal(1e4 + 5e3, MaskPrediction.Of([1e4f, -1e4f], classes: 1).Evidence, 1e-6);
    }

    [Fact]
    public void Given_how_far_pictures_are_from_the_masks_when_read_then_the_farther_have_the_less_evidence()
    {
        MaskPrediction plain = MaskPrediction.Of([1, 3, -2, 0], classes: 2);

        MaskPrediction[] read = MaskPrediction.OfRows([1, 3, -2, 0, 1, 3, -2, 0, 1, 3, -2, 0], [0, 0.1, 3], classes: 2);

        Assert.Equal(plain, read[0]);
        Assert.Equal(0.7, plain.Evidence - read[1].Evidence, 1e-9);
        Assert.Equal(21, plain.Evidence - read[2].Evidence, 1e-9);
        Assert.All(read, each => Assert.Equal((plain.Class, plain.Entropy), (each.Class, each.Entropy)));
    }

    [Fact]
    public void Given_masks_of_which_some_have_no_usual_evidence_when_allowed_for_then_those_get_the_mean_of_the_others()
    {
        Assert.Equal([3, 4.5, 6], Evidence.Allowances([4, null, 8]));
        Assert.Equal([0, 0], Evidence.Allowances([null, null]));
    }

    [Fact]
    public void Given_how_much_evidence_varies_when_probabilities_are_made_then_the_same_difference_says_less_where_it_varies_more()
    {
        Assert.Equal(Math.Sqrt(12.5) / 3.2, Evidence.Temperature([3, null, double.NaN, 4]), 1e-12);
        Assert.Equal(1, Evidence.Temperature([null, double.NaN]));
        Assert.Equal(1 / (1 + Math.Exp(-2)), Evidence.Probability([5, 3], 1), 1e-12);
        Assert.Equal(1 / (1 + Math.Exp(-1)), Evidence.Probability([5, 3], 2), 1e-12);
        Assert.Equal(1, Evidence.Probability([5], 2));
    }
}
