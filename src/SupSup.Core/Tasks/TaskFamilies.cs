using SupSup.Core.Datasets;
using SupSup.Core.Naming;

namespace SupSup.Core.Tasks;

/// <summary>The task families by name.</summary>
public static class TaskFamilies
{
    /// <summary>Every family of this build.</summary>
    public static IReadOnlyList<ITaskFamily> All { get; } = [new PermutedFamily(), new RotatedFamily(), new SplitFamily()];

    /// <summary>Finds a family.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">No family has the name.</exception>
    public static ITaskFamily Get(string name) => All.Get("task family", name);

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
                $"task family '{family.Name}' has {(tasks is { } count ? $"{count} tasks" : "any number of tasks")} of {dataset.Name}, "
                    + $"numbered from 0; there is no task {index}");
    }
}
