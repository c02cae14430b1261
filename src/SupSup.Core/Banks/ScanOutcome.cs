namespace SupSup.Core.Banks;

/// <summary>What a scan found for one image.</summary>
/// <param name="Slots">The best masks, best first; those who merge scans of several banks name the masks across them.</param>
/// <param name="Scores">Their scanned scores: comparable between scans of the same image at the same depth, and with nothing else.</param>
/// <param name="Moments">Of all masks scanned.</param>
public sealed record ScanOutcome(int[] Slots, float[] Scores, ScanMoments Moments)
{
    /// <summary>The best of all scores, and the moments of what was scanned in full and without rounding.</summary>
    /// <param name="scores">The score of every mask, by slot.</param>
    /// <param name="best">How many of the best masks to name, at most.</param>
    public static ScanOutcome Of(ReadOnlySpan<float> scores, int best)
    {
        (double sum, double squares) = (0, 0);
        foreach (float score in scores)
        {
            sum += score;
            squares += (double)score * score;
        }

        int[] slots = new int[Math.Min(best, scores.Length)];
        BestCandidates.Pick(scores, slots);
        float[] named = new float[slots.Length];
        for (int n = 0; n < slots.Length; n++) named[n] = scores[slots[n]];
        return new ScanOutcome(slots, named, new ScanMoments(scores.Length, sum, squares, 0, 0, 0));
    }
}
