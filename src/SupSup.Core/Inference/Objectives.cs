namespace SupSup.Core.Inference;

/// <summary>The objectives by name.</summary>
public static class Objectives
{
    /// <summary>Every objective of this build.</summary>
    public static IReadOnlyList<IObjective> All { get; } = [new EntropyObjective(), new SuperfluousObjective()];

    /// <summary>Finds an objective.</summary>
    /// <param name="name">"H" or "G".</param>
    /// <exception cref="ArgumentException">No objective has the name.</exception>
    public static IObjective Get(string name) =>
        All.FirstOrDefault(objective => objective.Name == name)
        ?? throw new ArgumentException($"unknown objective '{name}': use one of {string.Join(", ", All.Select(objective => objective.Name))}");
}
