namespace SupSup.Core.Naming;

/// <summary>What was meant by a word that is not known.</summary>
public static class Suggestion
{
    /// <summary>The end of a sentence that names the nearest known word; nothing where none is near.</summary>
    /// <param name="word">The word.</param>
    /// <param name="known">The known words.</param>
    public static string For(string word, IEnumerable<string> known)
    {
        (string nearest, int distance) = known.Select(name => (name, EditDistance.Of(word, name))).DefaultIfEmpty(("", int.MaxValue))
            .MinBy(pair => pair.Item2);
        return distance <= Math.Min(3, word.Length / 3) ? $"; did you mean '{nearest}'?" : "";
    }
}
