namespace SupSup.Data.Formats;

/// <summary>The usual names of the halves of a dataset, and the order of classes.</summary>
internal static class Halves
{
    private static readonly string[] Training = ["train", "training"];

    // Where several are there, the first is the test half.
    private static readonly string[] Testing = ["test", "testing", "t10k", "validation", "valid", "val", "eval", "dev"];

    /// <summary>Divides named things into training and test; without a name of a training half, all are training.</summary>
    /// <param name="all">The things.</param>
    /// <param name="words">The words of one's name, of which one may be that of a half.</param>
    /// <returns>Both halves, of which the second may be empty, and the names of those that are in neither.</returns>
    public static (T[] Train, T[] Test, T[] Neither) Of<T>(IEnumerable<T> all, Func<T, IEnumerable<string>> words)
    {
        T[] given = [.. all];
        ILookup<string, T> byHalf =
            given.ToLookup(one => words(one).FirstOrDefault(word => Training.Contains(word) || Testing.Contains(word)) ?? "");
        T[] train = [.. Training.SelectMany(half => byHalf[half])];
        string? test = Testing.FirstOrDefault(byHalf.Contains);
        if (train.Length == 0 && test is null) return (given, [], []);
        T[] tests = test is null ? [] : [.. byHalf[test]];
        return (train, tests, [.. given.Except(train).Except(tests)]);
    }

    /// <summary>Whether a word is the name of a training half.</summary>
    public static bool IsTraining(string word) => Training.Contains(word.ToLowerInvariant());

    /// <summary>The words of a name, in lower case.</summary>
    public static string[] Words(string name) =>
        name.ToLowerInvariant().Split(['-', '_', '.', ' ', Path.DirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Names of classes in their order: by number where all are whole numbers, else by character.</summary>
    public static string[] Sorted(IEnumerable<string> classes)
    {
        string[] names = [.. classes.Order(StringComparer.Ordinal)];
        return names.All(name => long.TryParse(name, out _)) ? [.. names.OrderBy(long.Parse)] : names;
    }
}
