namespace SupSup.Core.Naming;

/// <summary>How far a word is from one that may have been meant.</summary>
public static class EditDistance
{
    /// <summary>Letters to insert, to delete or to replace, in any case.</summary>
    public static int Of(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 0; i < left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i + 1;
            for (int j = 0; j < right.Length; j++)
            {
                int cost = char.ToUpperInvariant(left[i]) == char.ToUpperInvariant(right[j]) ? 0 : 1;
                (diagonal, row[j + 1]) = (row[j + 1], Math.Min(Math.Min(row[j], row[j + 1]) + 1, diagonal + cost));
            }
        }

        return row[^1];
    }
}
