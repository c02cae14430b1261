using System.Text.RegularExpressions;

namespace SupSup.Deploy.Tests.Monitoring;

/// <summary>What a PromQL expression names, as far as those of this project go: metrics with their matchers, and labels that results are
/// grouped by. Not a parser of the language.</summary>
internal sealed partial record PrometheusQuery(IReadOnlyList<PrometheusSelector> Selectors, IReadOnlyList<string> GroupedBy)
{
    private static readonly string[] Functions = ["sum", "rate", "increase", "absent", "histogram_quantile"];

    /// <summary>Reads an expression.</summary>
    /// <exception cref="FormatException">It has something that is not known here, or brackets that do not match.</exception>
    public static PrometheusQuery Parse(string expression)
    {
        List<PrometheusSelector> selectors = [];
        List<string> groups = [];
        int at = 0, depth = 0;
        while (at < expression.Length)
        {
            Match token = Token().Match(expression, at);
            if (!token.Success || token.Index != at) throw new FormatException($"'{expression[at..]}' is not understood");
            at += token.Length;
            depth += token.Value.Trim() switch { "(" => 1, ")" => -1, _ => 0 };
            if (depth < 0) throw new FormatException($"a bracket too many in '{expression}'");
            if (!token.Groups["name"].Success) continue;
            string name = token.Groups["name"].Value;
            if (name == "by")
            {
                Match labels = Labels().Match(expression, at);
                if (!labels.Success || labels.Index != at) throw new FormatException($"'by' without labels in '{expression}'");
                groups.AddRange(labels.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries));
                at += labels.Length;
            }
            else if (!Functions.Contains(name))
            {
                Match braces = Braces().Match(expression, at);
                bool has = braces.Success && braces.Index == at;
                if (has) at += braces.Length;
                selectors.Add(new PrometheusSelector(name, !has ? [] : [.. Matcher().Matches(braces.Value).Select(match =>
                    (match.Groups["label"].Value, match.Groups["value"].Value))]));
            }
        }

        return depth == 0 ? new(selectors, groups) : throw new FormatException($"a bracket is missing in '{expression}'");
    }

    [GeneratedRegex(@"\s*((?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)|[0-9.]+|\[\d+[smhd]\]|==|[()<>*/+,-])\s*", RegexOptions.ExplicitCapture)]
    private static partial Regex Token();

    [GeneratedRegex(@"\s*\((?<labels>[a-z_, ]+)\)\s*", RegexOptions.ExplicitCapture)]
    private static partial Regex Labels();

    [GeneratedRegex("""\{(\s*[a-z_]+(=~|!~|!=|=)"[^"]*"\s*,?)*\}""", RegexOptions.ExplicitCapture)]
    private static partial Regex Braces();

    [GeneratedRegex(@"(?<label>[a-z_]+)(=~|!~|!=|=)""(?<value>[^""]*)""", RegexOptions.ExplicitCapture)]
    private static partial Regex Matcher();
}

/// <summary>A metric in an expression.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Matchers">Labels and what they are to be.</param>
internal sealed record PrometheusSelector(string Metric, IReadOnlyList<(string Label, string Value)> Matchers);
