using CsCheck;
using SupSup.Core.Masks;

namespace SupSup.Core.Tests.Masks;

public sealed class ThresholdMaskRuleTests
{
    private static readonly ThresholdMaskRule Rule = new();

    // Both zeros are kept; NaN is not, since it is not >= 0.
    private static readonly Gen<float> Score = Gen.OneOf(
        Gen.Float,
        Gen.Float[-1, 1],
        Gen.OneOf(-0f, 0f, float.NaN, -float.NaN, float.Epsilon, -float.Epsilon, float.PositiveInfinity, float.NegativeInfinity));

    public static TheoryData<int> Lengths => AwkwardLengths.All;

    [Theory]
    [InlineData(0f, true)]
    [InlineData(float.Epsilon, true)]
    [InlineData(-float.Epsilon, false)]
    [InlineData(float.PositiveInfinity, true)]
    [InlineData(float.NegativeInfinity, false)]
    [InlineData(float.NaN, false)]
    public void Given_one_score_when_ruled_then_zero_is_kept_and_nan_is_not(float score, bool kept) => CheckNine(score, kept);

    [Fact]
    public void Given_negative_zero_when_ruled_then_it_is_kept() => CheckNine(-0f, kept: true);

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Given_an_awkward_length_when_applied_then_it_agrees_with_the_scalar_definition(int length) =>
        Gen.Select(Score.Array[length], Gen.Float[-2, 2].Array[length]).Sample(Check, iter: 20);

    [Fact]
    public void Given_any_scores_when_applied_then_it_agrees_with_the_scalar_definition() =>
        Gen.Int[0, 200].SelectMany(length => Gen.Select(Score.Array[length], Gen.Float[-2, 2].Array[length])).Sample(Check, iter: 500);

    [Fact]
    public void Given_lengths_that_disagree_when_applied_then_refused_before_anything_is_written()
    {
        float[] effective = [.. Enumerable.Repeat(7f, 16)];

        Assert.ThrowsAny<ArgumentException>(() => Rule.Apply(new float[15], new float[16], default, 0, effective));
        Assert.ThrowsAny<ArgumentException>(() => Rule.Apply(new float[16], new float[15], default, 0, effective));
        Assert.All(effective, value => Assert.Equal(7f, value));
    }

    [Fact]
    public void Given_gradients_when_turned_into_those_of_scores_then_they_stay_as_they_are()
    {
        float[] gradients = [1, -2, 3];

        Rule.Differentiate([-1, 0, 1], gradients);

        Assert.Equal([1, -2, 3], gradients);
    }

    private static void CheckNine(float score, bool kept)
    {
        // 9 values: 8 in the vector body, 1 in the tail.
        float[] scores = [.. Enumerable.Repeat(score, 9)];
        float[] effective = new float[9];

        Rule.Apply(scores, [.. Enumerable.Repeat(0.5f, 9)], default, 0, effective);

        Assert.All(effective, value => Assert.Equal(kept ? 0.5f : 0, value));
    }

    private static void Check(float[] scores, float[] weights)
    {
        const float untouched = 7;
        int length = scores.Length;
        float[] effective = [.. Enumerable.Repeat(untouched, length + 17)];

        // One off the array's start, so that no load is aligned.
        Rule.Apply([.. scores], [.. weights], default, 0, effective.AsSpan(1, length));

        for (int n = 0; n < length; n++)
        {
            float expected = scores[n] >= 0 ? weights[n] : 0f;
            Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(effective[n + 1]));
        }

        Assert.Equal(untouched, effective[0]);
        Assert.All(effective[(length + 1)..], value => Assert.Equal(untouched, value));
    }
}
