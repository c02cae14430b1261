using SupSup.Core.Naming;
using SupSup.Core.Networks;

namespace SupSup.Core.Masks;

/// <summary>The mask rules by their texts: a name, and after a colon the parameter of a rule that has one.</summary>
public static class MaskRules
{
    /// <summary>The rule of linear layers, unless another is named.</summary>
    public const string Default = "threshold";

    /// <summary>The rule of networks over pictures, unless another is named: most of their weights would only cost time.</summary>
    public const string PictureDefault = "top-k:er-16";

    private static readonly Dictionary<string, Func<string, IMaskRule>> ByText = new(StringComparer.Ordinal)
    {
        [Default] = static _ => new ThresholdMaskRule(),
        ["top-k:DENSITY"] = static density => new TopKMaskRule(density),
        ["top-k:er-K"] = static density => new TopKMaskRule(density),
    };

    /// <summary>The forms of every rule's text.</summary>
    public static IReadOnlyCollection<string> Forms => ByText.Keys;

    /// <summary>The rule of a network, unless another is named.</summary>
    /// <param name="plan">The network.</param>
    public static string DefaultOf(NetworkPlan plan) => plan.IsDense ? Default : PictureDefault;

    /// <summary>Finds a rule.</summary>
    /// <param name="text">Its text.</param>
    /// <exception cref="ArgumentException">No rule has the name, or the parameter is not one of the rule.</exception>
    public static IMaskRule Get(string text) => ByText.WithParameter("mask rule", text, ", such as top-k:0.5 or top-k:er-8");
}
