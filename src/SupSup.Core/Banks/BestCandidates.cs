namespace SupSup.Core.Banks;

/// <summary>Picks the best of many scores.</summary>
public static class BestCandidates
{
    /// <summary>Finds the positions of the largest scores; of equal ones the first wins, so that answers are repeatable.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="best">Receives positions, best first; at most as many as there are scores.</param>
    public static void Pick(ReadOnlySpan<float> scores, Span<int> best)
    {
        int found = 0;
        if (best.IsEmpty) return;
        for (int i = 0; i < scores.Length; i++)
        {
            if (found == best.Length && !(scores[i] > scores[best[found - 1]])) continue;
            int at = found < best.Length ? found++ : found - 1;
            for (; at > 0 && scores[best[at - 1]] < scores[i]; at--) best[at] = best[at - 1];
            best[at] = i;
        }
    }
}
