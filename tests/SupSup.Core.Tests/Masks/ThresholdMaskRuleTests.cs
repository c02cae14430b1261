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
    public void Given_an_awkward_length_when_applied_and_packed_then_both_agree_with_the_scalar_definition(int length) =>
        Gen.Select(Score.Array[length], Gen.Float[-2, 2].Array[length]).Sample(Check, iter: 20);

    [Fact]
    public void Given_any_scores_when_applied_and_packed_then_both_agree_with_the_scalar_definition() =>
        Gen.Int[0, 200].SelectMany(length => Gen.Select(Score.Array[length], Gen.Float[-2, 2].Array[length])).Sample(Check, iter: 500);

    [Fact]
    public void Given_lengths_that_disagree_when_applied_then_refused_before_anything_is_written()
    {
        float[] effective = [.. Enumerable.Repeat(7f, 16)];

        Assert.ThrowsAny<ArgumentException>(() => Rule.Apply(new float[15], new float[16], effective));
        Assert.ThrowsAny<ArgumentException>(() => Rule.Apply(new float[16], new float[15], effective));
        Assert.All(effective, value => Assert.Equal(7f, value));
    }

    [Fact]
    public void Given_the_rules_when_one_is_asked_for_then_it_is_found_and_an_unknown_name_lists_the_known()
    {
        Assert.IsType<ThresholdMaskRule>(MaskRules.Get("threshold"));
        var error = Assert.Throws<ArgumentException>(() => MaskRules.Get("topk"));
        Assert.Contains("'topk'", error.Message, StringComparison.Ordinal);
        Assert.Contains("threshold", error.Message, StringComparison.Ordinal);
    }

    private static void CheckNine(float score, bool kept)
    {
        // 9 values: 8 in the vector body, 1 in the tail.
        float[] scores = [.. Enumerable.Repeat(score, 9)];
        float[] effective = new float[9];
        byte[] bits = new byte[2];

        Rule.Apply(scores, [.. Enumerable.Repeat(0.5f, 9)], effective);
        Rule.Pack(scores, bits);

        Assert.All(effective, value => Assert.Equal(kept ? 0.5f : 0, value));
        Assert.Equal(kept ? [0xff, 0x01] : [0, 0], bits);
    }

    private static void Check(float[] scores, float[] weights)
    {
        const float untouched = 7;
        int length = scores.Length;
        float[] effective = [.. Enumerable.Repeat(untouched, length + 17)];
        byte[] bits = [.. Enumerable.Repeat((byte)0xff, (length + 7) / 8)];

        // One off the array's start, so that no load is aligned.
        Rule.Apply([.. scores], [.. weights], effective.AsSpan(1, length));
        Rule.Pack(scores, bits);

        for (int n = 0; n < length; n++)
        {
            bool kept = scores[n] >= 0;
            Assert.Equal(BitConverter.SingleToInt32Bits(kept ? weights[n] : 0f), BitConverter.SingleToInt32Bits(effective[n + 1]));
            Assert.Equal(kept, (bits[n / 8] >> (n % 8) & 1) == 1);
        }

        for (int n = length; n < bits.Length * 8; n++)
            Assert.Equal(0, bits[n / 8] >> (n % 8) & 1);
        Assert.Equal(untouched, effective[0]);
        Assert.All(effective[(length + 1)..], value => Assert.Equal(untouched, value));
    }
}
