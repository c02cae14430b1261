namespace SupSup.Core.Banks;

/// <summary>
/// What is known of all scores of one image after a scan, and how far they may be from what was not read: with it the
/// masks that can still be the best are told from those that cannot.
/// </summary>
/// <param name="Count">Masks scanned.</param>
/// <param name="Sum">Sum of the scanned scores.</param>
/// <param name="SumOfSquares">Sum of their squares.</param>
/// <param name="LinesVariance">Variance of what lines say beyond row sums, over masks of random bits.</param>
/// <param name="UnseenVariance">Variance of the part that was not scanned, over masks of random bits.</param>
/// <param name="ErrorVariance">Variance of what rounding adds.</param>
public readonly record struct ScanMoments(
    int Count, double Sum, double SumOfSquares, double LinesVariance, double UnseenVariance, double ErrorVariance)
{
    // How much wider than random bits' the scores of masks spread in what is not read is judged by what is.
    private const double UnseenCaution = 1.25;

    private const double LeadCaution = 2;

    private const double Chance = 1e-5;

    // Standard deviations that one of two equals may have fallen behind in what was read.
    private const double Alike = 3;

    /// <summary>Sum of what lines say of the masks beyond their row sums.</summary>
    public double LineSum { get; init; }

    /// <summary>Sum of its squares; 0 where it is not known.</summary>
    public double LineSumOfSquares { get; init; }

    /// <summary>What they say of the best.</summary>
    public double LinesOfBest { get; init; }

    // What a scan of all masks found: the variance of whole scores.
    private double? Whole { get; init; }

    /// <summary>
    /// The moments after a deeper scan, which goes over some of the masks only: how whole scores spread is still what the
    /// scan of all masks lets expect.
    /// </summary>
    /// <param name="best">The best score of the scan of all masks.</param>
    /// <param name="unseenVariance">Variance of all that was not read by now.</param>
    /// <param name="errorVariance">Variance of what rounding adds to its scores.</param>
    public ScanMoments Deeper(double best, double unseenVariance, double errorVariance)
    {
        double spread = Spread(best);
        return this with { Whole = Whole ?? (spread * spread), UnseenVariance = unseenVariance, ErrorVariance = errorVariance };
    }

    /// <summary>Adds what another scan of the same image over other masks found; the best is still this one's.</summary>
    public ScanMoments Add(ScanMoments other) => this with
    {
        Count = Count + other.Count,
        Sum = Sum + other.Sum,
        SumOfSquares = SumOfSquares + other.SumOfSquares,
        LineSum = LineSum + other.LineSum,
        LineSumOfSquares = LineSumOfSquares + other.LineSumOfSquares,
    };

    /// <summary>Standard deviation of the whole scores of the masks behind the best; zero where there is one mask.</summary>
    /// <param name="best">The best scanned score.</param>
    public double Spread(double best) => Math.Sqrt(Whole ?? (Measured(best) + Wide(best)));

    /// <summary>
    /// The scanned score below which a mask is not the best as a whole, nor <paramref name="certainAbove"/> standard deviations behind
    /// it, but for a chance of one in a hundred thousand. What was not read is normal, and independent of what was.
    /// </summary>
    /// <remarks>
    /// Two kinds of masks may have fallen behind. Any of the many: of those whose whole score exceeds T some k·Q(T/σ) are expected, and
    /// their scanned part is ρT with the variance V_seen V_unseen / (V_seen + V_unseen). T is what the best of the many would have by
    /// chance, or more where the best stands so far above them that chance does not explain it: then what tells it is in what was not
    /// read too. Or another of the few that the input belongs to as much as to the best: of two whose whole scores are equal the
    /// difference in what was read has twice that variance.
    /// </remarks>
    /// <param name="best">The best scanned score.</param>
    /// <param name="certainAbove">Standard deviations.</param>
    public double Floor(double best, double certainAbove)
    {
        (double seen, double unseen) = Parts(best);
        unseen *= UnseenCaution;
        double whole = seen + unseen;
        if (Count < 2 || whole == 0) return best - (Alike * Math.Sqrt(2 * ErrorVariance));
        double spread = Math.Sqrt(whole);
        double share = seen / whole;
        double bridge = (seen * unseen / whole) + ErrorVariance;

        // A lead is a claim about what was not read of every mask, where masks may differ as much as in all that was read: of alphabets
        // some keep many more weights than others. After a deeper scan the many are not known any more.
        if (certainAbove > 0) unseen = LeadCaution * Wide(best);
        if (certainAbove > 0 || Whole is not null) return Cautious(best, certainAbove, seen, unseen);

        double mean = (Sum - best) / (Count - 1);
        double alike = best - (Alike * Math.Sqrt(2 * bridge)) - (certainAbove * share * spread);
        double above = best - mean;
        double standing = above + (Count * NormalTail.Above(Standing) < Chance ? Expected : 0) - (2.5 * Math.Sqrt(unseen));

        // Where the best of what was read is less than chance would have it, the tail is thinner than the normal's.
        double byChance = spread * Math.Min(NormalTail.Quantile(1.0 / Count), seen > 0 ? above / Math.Sqrt(seen) : 0);
        double least = Math.Max(byChance, standing) - (certainAbove * spread);
        double many = Count * NormalTail.Above(least / spread);
        if (many <= Chance) return alike;
        return Math.Min(alike, mean + (share * least) - (NormalTail.Quantile(Chance / many) * Math.Sqrt(bridge)));
    }

    private double Cautious(double best, double certainAbove, double seen, double unseen)
    {
        double whole = seen + unseen;
        double bridge = (seen * unseen / whole) + ErrorVariance;
        double confidence = 1.2 + Math.Sqrt(2 * Math.Log(Count));
        return best - (confidence * Math.Sqrt(2 * bridge)) - (certainAbove * seen / whole * Math.Sqrt(whole));
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
        double whole = Spread(best) * Spread(best), seen = whole - Wide(best);
        return seen > 0 ? scanned * whole / seen : scanned;
    }

    // How far the best stands above the others in what lines say, in their standard deviations.
    private double Standing => Lines is { Variance: > 0 } lines ? lines.Ahead / Math.Sqrt(lines.Variance) : 0;

    // What the lines that were not read say of the best if it is what it looks like by those that were.
    private double Expected => LinesVariance > 0 ? Lines.Ahead * UnseenVariance / LinesVariance : 0;

    // How far the best is ahead in what lines say, and the variance of the others.
    private (double Ahead, double Variance) Lines
    {
        get
        {
            if (LineSumOfSquares == 0 || Count < 3) return (0, 0);
            double mean = (LineSum - LinesOfBest) / (Count - 1);
            double square = (LineSumOfSquares - (LinesOfBest * LinesOfBest)) / (Count - 1);
            return (LinesOfBest - mean, Math.Max(0, square - (mean * mean)));
        }
    }

    // Variance of what was not read if masks differ in it as much as in all that was read.
    private double Wide(double best) => UnseenVariance * Math.Max(1, LinesVariance > 0 ? Measured(best) / LinesVariance : 1);

    // Variance of what was read and of what was not.
    private (double Seen, double Unseen) Parts(double best)
    {
        double unseen = UnseenVariance * Widening(best);
        return (Whole is { } whole ? Math.Max(0, whole - unseen) : Measured(best), unseen);
    }

    // Trained masks are not random bits: how much wider their scores spread. A silo of an earlier build tells less of them.
    private double Widening(double best) =>
        LinesVariance > 0 ? Math.Max(1, (LineSumOfSquares > 0 ? Lines.Variance : Measured(best)) / LinesVariance) : 1;

    private double Measured(double best)
    {
        if (Count < 2) return 0;
        double mean = (Sum - best) / (Count - 1);
        return Math.Max(0, ((SumOfSquares - (best * best)) / (Count - 1)) - (mean * mean));
    }
}
