using System.Collections.Immutable;

namespace SupSup.Core.Inference;

/// <summary>
/// What speaks for an input being of a mask's task, read off the logits that the mask gives it: log Σ exp of all outputs less half of
/// that of the superfluous ones, less three quarters of what that usually is on the mask's own training data. Where the network normalises
/// channels, what they say against it is taken off too. docs/inference.md has how the shares were chosen, and what entropies and plain
/// logits do instead.
/// </summary>
public static class Evidence
{
    /// <summary>Examples of its own training data that a mask's usual evidence is measured on, at most.</summary>
    public const int Examples = 512;

    /// <summary>Share of the usual variance that a channel is taken to have beside its own, so that plain pictures are not infinitely far
    /// from all.</summary>
    public const double LeastVariance = 0.01;

    private const double SuperfluousShare = 0.5;
    private const double UsualShare = 0.75;
    private const double EntropyWeight = 1.6;
    private const double DeviationsPerNat = 3.2;
    private const double LeastSum = 1e-30;
    private const double DivergenceWeight = 7;

    /// <summary>The evidence as the logits have it, in nats.</summary>
    /// <param name="logits">Logits [outputs].</param>
    /// <param name="classes">Number of real classes.</param>
    public static double Of(ReadOnlySpan<float> logits, int classes) => Of(SoftmaxSums.Of(logits, classes), logits, classes);

    /// <summary>What the channels of a picture say against its being of a mask's task, to be taken from what the logits say for it: those
    /// of other pictures than the mask learned grow, and with them the logits.</summary>
    /// <param name="divergence">How far the channels' means and variances over its pixels are from those of the task where channels are
    /// first normalised: the Kullback-Leibler divergence of normal distributions, mean over channels, in nats.</param>
    /// <returns>In nats; 0 where there is no divergence.</returns>
    public static double Against(double divergence) => DivergenceWeight * divergence;

    /// <summary>The same from sums that are there already.</summary>
    internal static double Of(SoftmaxSums sums, ReadOnlySpan<float> logits, int classes)
    {
        if (classes == logits.Length) return sums.LogSum;

        // Of outputs that are all far below the largest, single precision has left little.
        double superfluous = sums.Superfluous > LeastSum ? sums.Largest + Math.Log(sums.Superfluous) : LogSumExp.Of(logits[classes..]);
        return sums.LogSum - (SuperfluousShare * superfluous);
    }

    /// <summary>
    /// What speaks for rows that share a task being of a mask's. One row's entropy says little beside its logits; of many, errors of
    /// logits that a mask makes on all its rows remain, while those of entropies average out, so these count the more, the more rows.
    /// </summary>
    /// <param name="rows">What the mask says of each row, one at least.</param>
    /// <param name="allowance">What to take from the evidence of each, see <see cref="Allowances"/>.</param>
    public static double OfShared(IReadOnlyCollection<MaskPrediction> rows, double allowance)
    {
        ArgumentNullException.ThrowIfNull(rows);
        double entropyWeight = EntropyWeight * Math.Log(rows.Count);
        return rows.Sum(row => row.Evidence - allowance - (entropyWeight * row.Entropy));
    }

    /// <summary>The probability that the mask with the greatest evidence is the input's: its share of exp(evidence / temperature) among
    /// those compared. docs/inference.md has how near that is to the share of inputs whose task is found.</summary>
    /// <param name="evidence">Evidence of each, with allowances, one at least.</param>
    /// <param name="temperature">See <see cref="Temperature"/>.</param>
    public static double Probability(IReadOnlyCollection<double> evidence, double temperature)
    {
        double greatest = evidence.Max();
        return 1 / evidence.Sum(one => Math.Exp((one - greatest) / temperature));
    }

    /// <summary>By how much evidence one mask must exceed another to be e times as probable: less than a third of the deviation that
    /// masks have on their own training data. Where evidence varies much by itself, a difference says less.</summary>
    /// <param name="deviations">Of each mask; null or NaN where it is not known.</param>
    /// <returns>In nats; 1 where no deviation is known.</returns>
    public static double Temperature(IEnumerable<double?> deviations)
    {
        double[] known = [.. deviations.Where(deviation => deviation > 0).Select(deviation => deviation!.Value)];
        return known.Length == 0 ? 1 : Math.Sqrt(known.Average(deviation => deviation * deviation)) / DeviationsPerNat;
    }

    /// <summary>What masks usually have, to be taken from what they have on a query, so that masks can be compared.</summary>
    /// <param name="usual">What each mask's logits say of its own training data, the mean; null where it is not known.</param>
    /// <returns>For each mask what to subtract; a mask of which nothing is known gets the mean of the others.</returns>
    public static ImmutableArray<double> Allowances(IEnumerable<double?> usual)
    {
        ImmutableArray<double?> each = [.. usual];
        double mean = Usual(each);
        return [.. each.Select(value => Allowance(value, mean))];
    }

    /// <summary>What masks of which nothing is known are taken to have usually: the mean of the others; 0 where nothing is known of
    /// any.</summary>
    /// <param name="usual">As of <see cref="Allowances"/>.</param>
    public static double Usual(IEnumerable<double?> usual) => usual.Average() ?? 0;

    /// <summary>The allowance of one mask, see <see cref="Allowances"/>.</summary>
    /// <param name="usual">What it usually has; null where it is not known.</param>
    /// <param name="mean">See <see cref="Usual"/>.</param>
    public static double Allowance(double? usual, double mean) => UsualShare * (usual ?? mean);
}
