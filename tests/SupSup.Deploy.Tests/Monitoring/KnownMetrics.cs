namespace SupSup.Deploy.Tests.Monitoring;

/// <summary>The metrics of docs/telemetry.md, which another test compares with the code, by their names in Prometheus.</summary>
internal static class KnownMetrics
{
    // Put there by whoever scrapes.
    private static readonly string[] OfTheScrape = ["job", "instance", "namespace", "pod"];

    private static readonly string[] Text = File.ReadAllLines(Repository.In("docs", "telemetry.md"));

    /// <summary>Names of series, and the labels that each has.</summary>
    public static Dictionary<string, string[]> Series { get; } = All();

    /// <summary>Whether a tag may have a value.</summary>
    public static bool HasValue(string label, string value) => Text.Any(line => line.StartsWith($"| {label}", StringComparison.Ordinal)
        && line.Contains($"`{value}`", StringComparison.Ordinal));

    private static Dictionary<string, string[]> All()
    {
        Dictionary<string, string[]> series = new()
        {
            ["up"] = OfTheScrape,

            // The web server's own; a test looks for them on the page of a silo.
            ["http_server_request_duration_seconds_count"] =
                ["http_response_status_code", "http_route", "http_request_method", .. OfTheScrape],
        };
        foreach (string line in Text.Where(line => line.StartsWith("| `supsup.", StringComparison.Ordinal)))
        {
            string[] cells = [.. line.Split('|', StringSplitOptions.TrimEntries)];
            if (cells.Length < 7) continue; // activities
            string unit = cells[3].Trim('`') switch
            {
                "s" => "_seconds",
                "By" => "_bytes",
                ['{', ..] => "",
                var other => throw new FormatException($"the tests do not know the unit {other}"),
            };
            string name = cells[1].Trim('`').Replace('.', '_') + unit;
            string[] tags = cells[4].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            string[] labels = [.. tags, .. OfTheScrape];
            switch (cells[2])
            {
                case "counter":
                    series[$"{name}_total"] = labels;
                    break;
                case "up-down counter":
                    series[name] = labels;
                    break;
                case "histogram":
                    (series[$"{name}_bucket"], series[$"{name}_sum"], series[$"{name}_count"]) = ([.. labels, "le"], labels, labels);
                    break;
                default:
                    throw new FormatException($"the tests do not know the kind {cells[2]}");
            }
        }

        return series;
    }
}
