namespace SupSup.Core.Tasks;

/// <summary>The task families by name.</summary>
public static class TaskFamilies
{
    /// <summary>Every family of this build.</summary>
    public static IReadOnlyList<ITaskFamily> All { get; } = [new PermutedFamily()];

    /// <summary>Finds a family.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">No family has the name.</exception>
    public static ITaskFamily Get(string name) =>
        All.FirstOrDefault(family => family.Name == name)
        ?? throw new ArgumentException($"unknown task family '{name}': use one of {string.Join(", ", All.Select(family => family.Name))}");
}
