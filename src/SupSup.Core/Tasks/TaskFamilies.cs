using SupSup.Core.Datasets;
using SupSup.Core.Naming;

namespace SupSup.Core.Tasks;

/// <summary>The task families by their texts: a name, and after a colon the parameter of a family that has one.</summary>
public static class TaskFamilies
{
    private static readonly Dictionary<string, Func<string, ITaskFamily>> ByText = new(StringComparer.Ordinal)
    {
        ["permuted"] = static _ => new PermutedFamily(),
        ["rotated"] = static _ => new RotatedFamily(),
        ["split"] = static _ => new SplitFamily(),
        ["grouped:CLASSES"] = static classes => new GroupedFamily(classes),
        ["shuffled:CLASSES"] = static classes => new ShuffledFamily(classes),
        ["whole"] = static _ => new WholeFamily(),
        ["classes:A,B,..."] = static list => new ClassesFamily(list),
    };

    /// <summary>The forms of every family's text.</summary>
    public static IReadOnlyCollection<string> Forms => ByText.Keys;

    /// <summary>Finds a family.</summary>
    /// <param name="text">Its text.</param>
    /// <exception cref="ArgumentException">No family has the name, or the parameter is not one of the family.</exception>
    public static ITaskFamily Get(string text) => ByText.WithParameter("task family", text, ", such as grouped:5 or classes:3,7");

    /// <summary>Checks that a family has a task.</summary>
    /// <param name="family">The family.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="index">Which task.</param>
    /// <exception cref="ArgumentException">It has none of that index.</exception>
    public static void CheckHas(this ITaskFamily family, Dataset dataset, int index)
    {
        ArgumentNullException.ThrowIfNull(family);
        ArgumentNullException.ThrowIfNull(dataset);
        int? tasks = family.Tasks(dataset);
        if (index < 0 || index >= tasks)
            throw new ArgumentException(
                $"task family '{family.Name}' has {Count(tasks)} of {dataset.Name}, numbered from 0; there is no task {index}");
    }

    private static string Count(int? tasks) => tasks is { } count ? $"{count} task{(count == 1 ? "" : "s")}" : "any number of tasks";
}
