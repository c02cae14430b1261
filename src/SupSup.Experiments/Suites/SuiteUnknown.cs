namespace SupSup.Experiments.Suites;

/// <summary>How well inputs of no task are told from those of the tasks that were learned, by the evidence of the inferred task.</summary>
/// <param name="Kind">What they are.</param>
/// <param name="Inputs">How many.</param>
/// <param name="Auroc">Probability that one of them has less evidence than an input of a known task.</param>
/// <param name="RecallAt1">Share of them that is recognised where one of a hundred known inputs is taken for unknown.</param>
/// <param name="RecallAt5">The same where five of a hundred are.</param>
/// <param name="Marked">What the service marks of them; null where no task keeps quantiles.</param>
public sealed record SuiteUnknown(string Kind, int Inputs, double Auroc, double RecallAt1, double RecallAt5, SuiteMarked? Marked = null)
{
    /// <summary>Compares evidence.</summary>
    /// <param name="kind">What the unknown inputs are.</param>
    /// <param name="known">Evidence of inputs of known tasks.</param>
    /// <param name="unknown">Evidence of the others.</param>
    public static SuiteUnknown Of(string kind, IReadOnlyCollection<double> known, IReadOnlyCollection<double> unknown)
    {
        double[] sorted = [.. known.Order()];

        // Of equal evidence half counts.
        double Above(double evidence) =>
            sorted.Length - ((CountBelow(sorted, evidence) + CountBelow(sorted, Math.BitIncrement(evidence))) / 2.0);
        double Recall(double rate) => (double)unknown.Count(evidence => evidence < sorted[(int)(rate * sorted.Length)]) / unknown.Count;
        return new SuiteUnknown(kind, unknown.Count, unknown.Average(Above) / sorted.Length, Recall(0.01), Recall(0.05));
    }

    private static int CountBelow(double[] sorted, double value)
    {
        int at = Array.BinarySearch(sorted, value);
        if (at < 0) return ~at;
        while (at > 0 && sorted[at - 1] == value) at--;
        return at;
    }
}
