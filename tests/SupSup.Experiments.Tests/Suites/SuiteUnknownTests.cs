using SupSup.Experiments.Suites;

namespace SupSup.Experiments.Tests.Suites;

public sealed class SuiteUnknownTests
{
    private static readonly double[] Known = [.. Enumerable.Range(1, 100).Select(n => (double)n)];

    [Theory]
    [InlineData(new[] { -1.0, 0 }, 1, 1, 1)]
    [InlineData(new[] { 200.0, 300 }, 0, 0, 0)]
    [InlineData(new[] { 50.5 }, 0.5, 0, 0)]
    [InlineData(new[] { 50.0 }, 0.505, 0, 0)]
    [InlineData(new[] { 1.5, 3.5, 50.5, 50.5 }, 0.74, 0.25, 0.5)]
    public void Given_evidence_when_compared_then_area_and_recalls_are_those_counted_by_hand(
        double[] unknown, double auroc, double recallAt1, double recallAt5)
    {
        SuiteUnknown found = SuiteUnknown.Of("others", Known, unknown);

        Assert.Equal((unknown.Length, recallAt1, recallAt5), (found.Inputs, found.RecallAt1, found.RecallAt5));
        Assert.Equal(auroc, found.Auroc, 1e-9);
    }
}
