using k8s.Models;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>Selection by labels, as Kubernetes does it.</summary>
internal static class Selectors
{
    /// <summary>Whether all pairs are among the labels.</summary>
    public static bool Selects(IDictionary<string, string>? pairs, IDictionary<string, string> labels) =>
        pairs?.All(pair => labels.TryGetValue(pair.Key, out string? value) && value == pair.Value) ?? true;

    /// <summary>Whether a selector takes an object with these labels. An empty one takes all.</summary>
    public static bool Selects(V1LabelSelector selector, IDictionary<string, string> labels) =>
        Selects(selector.MatchLabels, labels) && (selector.MatchExpressions ?? []).All(expression => expression.OperatorProperty switch
        {
            "In" => labels.TryGetValue(expression.Key, out string? value) && expression.Values.Contains(value),
            "Exists" => labels.ContainsKey(expression.Key),
            _ => throw new NotSupportedException($"the tests do not know the operator {expression.OperatorProperty}"),
        });
}
