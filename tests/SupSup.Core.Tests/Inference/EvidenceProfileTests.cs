using SupSup.Core.Inference;

namespace SupSup.Core.Tests.Inference;

public sealed class EvidenceProfileTests
{
    // 0 to 1000: the quantile at a share is 1000 times it.
    private static readonly EvidenceProfile Even = Of(Enumerable.Range(0, 1001).Reverse().Select(n => (double)n));

    [Fact]
    public void Given_evidence_of_examples_when_profiled_then_mean_and_quantiles_are_theirs()
    {
        Assert.Equal(500, Even.Mean);
        Assert.Equal(Math.Sqrt(500 * 501 / 3.0), Even.Deviation, 1e-9); // of 0 to 2n: n (n + 1) / 3
        Assert.Equal(EvidenceProfile.Shares.Select(share => (float)(1000 * share)), Even.Quantiles);
        EvidenceProfile few = Of(Enumerable.Repeat(7.0, EvidenceProfile.FewestExamples - 1));
        Assert.Equal((7, 0), (few.Mean, few.Deviation));
        Assert.Empty(few.Quantiles);
    }

    [Fact]
    public void Given_what_channels_say_against_examples_when_profiled_then_the_mean_is_of_logits_alone_and_the_spread_of_both()
    {
        MaskPrediction[] trained = [new(0, 0, 5) { Against = 3 }, new(0, 0, 1) { Against = 5 }];

        Assert.Equal((7, 2), (EvidenceProfile.Of(trained, []).Mean, EvidenceProfile.Of(trained, []).Deviation));
        EvidenceProfile unseen = EvidenceProfile.Of(trained, [.. Enumerable.Repeat(-1.0, EvidenceProfile.FewestExamples)]);
        Assert.Equal((7, 4), (unseen.Mean, unseen.Deviation)); // from the 3 of those that it knows
        Assert.All(unseen.Quantiles, quantile => Assert.Equal(-1, quantile));
    }

    [Theory]
    [InlineData(-3, 0)]
    [InlineData(0, 0)]
    [InlineData(5, 0.005)]
    [InlineData(10, 0.01)]
    [InlineData(75, 0.075)]
    [InlineData(700, 0.7)]
    [InlineData(1000, 1)]
    [InlineData(2000, 1)]
    public void Given_an_input_when_compared_with_the_training_data_then_its_typicality_is_the_share_with_less(
        double evidence, double share) =>
        Assert.Equal(share, EvidenceProfile.Typicality(Even.Quantiles.AsSpan(), evidence)!.Value, 1e-9);

    [Fact]
    public void Given_equal_evidence_of_all_examples_when_compared_then_only_less_is_untypical()
    {
        EvidenceProfile same = Of(Enumerable.Repeat(3.0, EvidenceProfile.FewestExamples));

        Assert.Equal(0, EvidenceProfile.Typicality(same.Quantiles.AsSpan(), 2.9));
        Assert.Equal(1, EvidenceProfile.Typicality(same.Quantiles.AsSpan(), 3));
    }

    [Fact]
    public void Given_no_quantiles_or_no_evidence_when_compared_then_nothing_is_known()
    {
        Assert.Null(EvidenceProfile.Typicality([], 1));
        Assert.Null(EvidenceProfile.Typicality(Even.Quantiles.AsSpan(), double.NaN));
    }

    private static EvidenceProfile Of(IEnumerable<double> evidence) =>
        EvidenceProfile.Of([.. evidence.Select(value => new MaskPrediction(0, 0, value))], []);
}
