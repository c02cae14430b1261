namespace SupSup.Core.Naming;

/// <summary>How far a word is from one that may have been meant.</summary>
public static class EditDistance
{
    /// <summary>Letters to insert, to delete, to replace or to swap with the next, in any case.</summary>
    public static int Of(string left, string right)
    {
        int[,] least = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
        {
            for (int j = 0; j <= right.Length; j++)
            {
                least[i, j] = i == 0 || j == 0 ? i + j : Math.Min(
                    Math.Min(least[i - 1, j], least[i, j - 1]) + 1, least[i - 1, j - 1] + (IsSame(i - 1, j - 1) ? 0 : 1));
                if (i > 1 && j > 1 && IsSame(i - 1, j - 2) && IsSame(i - 2, j - 1))
                    least[i, j] = Math.Min(least[i, j], least[i - 2, j - 2] + 1);
            }
        }

        return least[left.Length, right.Length];

        bool IsSame(int at, int other) => char.ToUpperInvariant(left[at]) == char.ToUpperInvariant(right[other]);
    }
}
