using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Tests.Telemetry;

public sealed partial class TelemetryDocsTests
{
    private static string Docs { get; } = File.ReadAllText(Path.Combine(Repository(), "docs", "telemetry.md"));

    [Fact]
    public void Given_the_table_of_metrics_in_the_docs_when_compared_with_the_code_then_name_kind_unit_and_meaning_are_the_same()
    {
        using ServiceProvider silo = new ServiceCollection().AddSupSupGrains().BuildServiceProvider();
        using Measurements measurements = new(silo);
        foreach (Type type in typeof(SupSupTelemetry).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Metrics", StringComparison.Ordinal)))
            silo.GetRequiredService(type);
        string[] code = [.. measurements.Instruments.Select(instrument =>
            $"{instrument.Name} | {Kind(instrument)} | {instrument.Unit} | {instrument.Description}").Order(StringComparer.Ordinal)];
        string[] docs = [.. MetricRow().Matches(Docs)
            .Select(row => $"{row.Groups[1]} | {row.Groups[2]} | {row.Groups[3]} | {row.Groups[4]}").Order(StringComparer.Ordinal)];
        Assert.NotEmpty(docs);
        Assert.Equal(docs, code);
        Assert.Equal(code.Length, code.Distinct().Count());
    }

    [Fact]
    public void Given_the_table_of_traces_in_the_docs_when_compared_with_the_code_then_the_names_are_the_same()
    {
        string[] code = [.. typeof(SupSupTelemetry).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.Name != nameof(SupSupTelemetry.Name)).Select(field => (string)field.GetValue(null)!)];
        string[] docs =
            [.. ActivityRow().Matches(Docs[Docs.IndexOf("## Traces", StringComparison.Ordinal)..]).Select(row => row.Groups[1].Value)];
        Assert.Equal(docs.Order(), code.Order());
    }

    private static string Kind(Instrument instrument) => instrument.GetType().Name switch
    {
        "Counter`1" => "counter",
        "Histogram`1" => "histogram",
        "UpDownCounter`1" or "ObservableUpDownCounter`1" => "up-down counter",
        string other => other,
    };

    private static string Repository()
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "SupSup.sln"))) at = at.Parent!;
        return at.FullName;
    }

    [GeneratedRegex(@"^\| `(supsup\.[a-z.]+)` \| ([a-z-][a-z -]*) \| `([^`]+)` \| [^|]*\| (.+) \|$", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex(@"^\| `(supsup\.[a-z.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex ActivityRow();
}
