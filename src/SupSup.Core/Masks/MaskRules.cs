namespace SupSup.Core.Masks;

/// <summary>The mask rules by name.</summary>
public static class MaskRules
{
    /// <summary>Every rule of this build.</summary>
    public static IReadOnlyList<IMaskRule> All { get; } = [new ThresholdMaskRule()];

    /// <summary>Finds a rule.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">No rule has the name.</exception>
    public static IMaskRule Get(string name) =>
        All.FirstOrDefault(rule => rule.Name == name)
        ?? throw new ArgumentException($"unknown mask rule '{name}': use one of {string.Join(", ", All.Select(rule => rule.Name))}");
}
