namespace SupSup.Core.Banks;

/// <summary>
/// What is known of all scores of one image after a scan, and how far they may be from what was not read: with it the
/// masks that can still be the best are told from those that cannot.
/// </summary>
/// <param name="Count">Masks scanned.</param>
/// <param name="Sum">Sum of the scanned scores.</param>
/// <param name="SumOfSquares">Sum of their squares.</param>
/// <param name="SeenVariance">Variance of the scanned part, over masks of random bits.</param>
/// <param name="UnseenVariance">Variance of the rest, over masks of random bits.</param>
/// <param name="ErrorVariance">Variance of what rounding adds.</param>
public readonly record struct ScanMoments(
    int Count, double Sum, double SumOfSquares, double SeenVariance, double UnseenVariance, double ErrorVariance)
{
    // Trained masks are not random bits. How much wider their scores spread is measured on what was read; layers that
    // were not read spread up to twice as far again.
    private const double UnseenCaution = 2;

    // What a scan of all masks found: the variance of whole scores, and how much wider than random bits' it is.
    private (double Variance, double Widening)? Whole { get; init; }

    /// <summary>
    /// The moments after a deeper scan, which goes over some of the masks only: how whole scores spread is still what the
    /// scan of all masks lets expect.
    /// </summary>
    /// <param name="best">The best score of the scan of all masks.</param>
    /// <param name="seenVariance">Variance of all that was read by now.</param>
    /// <param name="unseenVariance">Variance of what the deeper scan has not read.</param>
    /// <param name="errorVariance">Variance of what rounding adds to its scores.</param>
    public ScanMoments Deeper(double best, double seenVariance, double unseenVariance, double errorVariance)
    {
        (double seen, double unseen) = Parts(best);
        return this with
        {
            Whole = Whole ?? (seen + unseen, Widening(best)),
            SeenVariance = seenVariance,
            UnseenVariance = unseenVariance,
            ErrorVariance = errorVariance,
        };
    }

    /// <summary>Adds what another scan of the same image over other masks found.</summary>
    public ScanMoments Add(ScanMoments other) =>
        this with { Count = Count + other.Count, Sum = Sum + other.Sum, SumOfSquares = SumOfSquares + other.SumOfSquares };

    /// <summary>Standard deviation of the whole scores of the masks behind the best; zero where there is one mask.</summary>
    /// <param name="best">The best scanned score.</param>
    public double Spread(double best)
    {
        (double seen, double unseen) = Parts(best);
        return Math.Sqrt(seen + unseen);
    }

    /// <summary>
    /// How far behind the best in the scanned part a mask may be and still lie at most <paramref name="certainAbove"/>
    /// standard deviations behind it as a whole. Of two masks whose whole scores are equal, the difference in the part
    /// that was read is as if drawn from all terms without putting back: its variance is 2 V_seen V_unseen / (V_seen + V_unseen).
    /// </summary>
    /// <param name="best">The best scanned score.</param>
    /// <param name="certainAbove">Standard deviations.</param>
    public double Margin(double best, double certainAbove)
    {
        (double seen, double unseen) = Parts(best);
        unseen *= UnseenCaution;
        double bridge = seen + unseen > 0 ? seen * unseen / (seen + unseen) : 0;
        double share = seen + unseen > 0 ? seen / (seen + unseen) : 1;
        return (Confidence * Math.Sqrt(2 * (bridge + ErrorVariance))) + (certainAbove * share * Spread(best));
    }

    /// <summary>A lead in standard deviations of the masks behind the best.</summary>
    /// <param name="best">The best scanned score.</param>
    /// <param name="difference">By how much the best whole score exceeds the next.</param>
    public double Lead(double best, double difference) => difference == 0 ? 0 : difference / Spread(best);

    /// <summary>The lead that the scanned part lets expect of the whole; infinite where there is one mask.</summary>
    /// <param name="scores">The best scanned scores, best first.</param>
    public double ScannedLead(ReadOnlySpan<float> scores)
    {
        if (scores.Length < 2) return double.PositiveInfinity;
        return Lead(scores[0], ExpectedDifference(scores[0], scores[0] - (double)scores[1]));
    }

    /// <summary>The difference of two whole scores that a difference in the scanned part lets expect.</summary>
    /// <param name="best">The best scanned score.</param>
    /// <param name="scanned">The difference of the scanned parts.</param>
    public double ExpectedDifference(double best, double scanned)
    {
        (double seen, double unseen) = Parts(best);
        return seen > 0 ? scanned * (seen + unseen) / seen : scanned;
    }

    // Standard deviations that the best may have fallen behind in what was read. Of k masks one may have come from far
    // behind by chance: the largest of k is expected at sqrt(2 ln k); a little more leaves one query in ten thousand, of
    // those few that are close at all.
    private double Confidence => 1.2 + Math.Sqrt(2 * Math.Log(Math.Max(2, Count)));

    // Variance of what was read and of what was not.
    private (double Seen, double Unseen) Parts(double best) => Whole is { } whole
        ? (Math.Max(0, whole.Variance - (UnseenVariance * whole.Widening)), UnseenVariance * whole.Widening)
        : (Measured(best), UnseenVariance * Widening(best));

    private double Measured(double best)
    {
        if (Count < 2) return 0;
        double mean = (Sum - best) / (Count - 1);
        return Math.Max(0, ((SumOfSquares - (best * best)) / (Count - 1)) - (mean * mean));
    }

    private double Widening(double best) => SeenVariance > 0 ? Math.Max(1, Measured(best) / SeenVariance) : 1;
}
