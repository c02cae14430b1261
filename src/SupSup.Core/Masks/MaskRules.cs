using SupSup.Core.Naming;

namespace SupSup.Core.Masks;

/// <summary>The mask rules by their texts: a name, and after a colon the parameter of a rule that has one.</summary>
public static class MaskRules
{
    /// <summary>The rule of a model that names none.</summary>
    public const string Default = "threshold";

    private static readonly Dictionary<string, Func<string, IMaskRule>> ByText = new(StringComparer.Ordinal)
    {
        [Default] = static _ => new ThresholdMaskRule(),
        ["top-k:DENSITY"] = static density => new TopKMaskRule(density),
        ["top-k:er-K"] = static density => new TopKMaskRule(density),
    };

    /// <summary>The forms of every rule's text.</summary>
    public static IReadOnlyCollection<string> Forms => ByText.Keys;

    /// <summary>Finds a rule.</summary>
    /// <param name="text">Its text.</param>
    /// <exception cref="ArgumentException">No rule has the name, or the parameter is not one of the rule.</exception>
    public static IMaskRule Get(string text) => ByText.WithParameter("mask rule", text, ", such as top-k:0.5 or top-k:er-8");
}
