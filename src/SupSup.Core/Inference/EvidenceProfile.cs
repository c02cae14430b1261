using System.Collections.Immutable;

namespace SupSup.Core.Inference;

/// <summary>
/// What a mask's <see cref="Evidence"/> usually is on its own training data. By its mean masks are made comparable, its deviation
/// makes probabilities of differences, and its quantiles say how typical an input is of the task, and so which inputs are of no task
/// that was learned.
/// </summary>
/// <param name="Mean">Mean of what the logits say, in nats: logits of tasks that are easily told apart are larger. What channels say
/// against an input is a distance already, and a task whose own pictures are far from their mean is not to be allowed more of it.</param>
/// <param name="Deviation">Root mean square of the distance of evidence, all of it, to its mean, in nats; NaN where it is not
/// known.</param>
/// <param name="Quantiles">Of all of it, at <see cref="Shares"/>, ascending; none where they are not known, or of too few examples.</param>
public sealed record EvidenceProfile(double Mean, double Deviation, ImmutableArray<float> Quantiles)
{
    /// <summary>The shares of the training data whose quantiles are kept: the fewer, the finer, since that is where inputs are
    /// unknown.</summary>
    public static ImmutableArray<double> Shares { get; } = [0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1];

    /// <summary>From how many examples on quantiles are told: new inputs of the task fall below the least of fewer too often.</summary>
    public const int FewestExamples = 100;

    /// <summary>Takes them from what a mask says of examples.</summary>
    /// <param name="trained">Of those that it was trained on, one at least.</param>
    /// <param name="unseen">Evidence of others, of which deviation and quantiles are then taken: they say how new ones are spread, and
    /// how far they lie from the mean, also where a mask knows its training data by heart. None for those of the trained ones.</param>
    public static EvidenceProfile Of(IReadOnlyCollection<MaskPrediction> trained, IReadOnlyCollection<double> unseen)
    {
        ArgumentNullException.ThrowIfNull(unseen);
        double center = trained.Average(read => read.Evidence);
        double[] sorted = [.. (unseen.Count == 0 ? trained.Select(read => read.Evidence) : unseen).Order()];
        return new(
            trained.Average(read => read.Evidence + read.Against),
            Math.Sqrt(sorted.Average(value => (value - center) * (value - center))),
            sorted.Length < FewestExamples ? [] : [.. Shares.Select(share => (float)At(sorted, share * (sorted.Length - 1)))]);
    }

    /// <summary>How typical an input is of a task: the share of the task's training data that have less evidence.</summary>
    /// <param name="quantiles">The task's quantiles.</param>
    /// <param name="evidence">The evidence of its mask for the input, without allowance.</param>
    /// <returns>0 to 1, between quantiles on a straight line; null where the quantiles are not known.</returns>
    public static double? Typicality(ReadOnlySpan<float> quantiles, double evidence)
    {
        if (quantiles.Length != Shares.Length || double.IsNaN(evidence)) return null;
        if (evidence >= quantiles[^1]) return 1;
        int above = 0;
        while (quantiles[above] <= evidence) above++;
        if (above == 0) return 0;
        double part = (evidence - quantiles[above - 1]) / (quantiles[above] - quantiles[above - 1]);
        return Shares[above - 1] + (part * (Shares[above] - Shares[above - 1]));
    }

    private static double At(double[] sorted, double place)
    {
        int below = (int)place;
        return below == sorted.Length - 1 ? sorted[below] : sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below]));
    }
}
