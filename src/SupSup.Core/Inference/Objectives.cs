using SupSup.Core.Naming;

namespace SupSup.Core.Inference;

/// <summary>The objectives by name.</summary>
public static class Objectives
{
    /// <summary>Every objective of this build.</summary>
    public static IReadOnlyList<IObjective> All { get; } = [new EntropyObjective(), new SuperfluousObjective()];

    /// <summary>The objective in force: the one that is named, or G where the network has superfluous outputs, else H.</summary>
    /// <param name="name">"H" or "G"; null to choose.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <param name="outputs">Output size s.</param>
    /// <exception cref="ArgumentException">No objective has the name.</exception>
    public static IObjective Choose(string? name, int classes, int outputs) => Get(name ?? (outputs > classes ? "G" : "H"));

    /// <summary>Finds an objective.</summary>
    /// <param name="name">"H" or "G".</param>
    /// <exception cref="ArgumentException">No objective has the name.</exception>
    public static IObjective Get(string name) => All.Get("objective", name);
}
