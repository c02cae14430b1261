using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using SupSup.Core.Banks;

namespace SupSup.Bench;

/// <summary>All figures of a run, and on what they were measured.</summary>
internal sealed class BenchReport
{
    private readonly List<BenchFigure> _figures = [];
    private readonly SortedDictionary<string, double> _details = new(StringComparer.Ordinal);

    /// <summary>The figures, in the order measured.</summary>
    public IReadOnlyList<BenchFigure> Figures => _figures;

    /// <summary>Times and counts behind the figures.</summary>
    public IReadOnlyDictionary<string, double> Details => _details;

    /// <summary>The processor as Linux names it.</summary>
    public static string Processor =>
        File.Exists("/proc/cpuinfo")
            && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]
            : RuntimeInformation.ProcessArchitecture.ToString();

    public void Add(BenchFigure figure) => _figures.Add(figure);

    /// <summary>Adds a figure that must not exceed its bounds.</summary>
    public void AtMost(string key, string what, double value, double must, double aim, string measured) =>
        Add(new BenchFigure(key, what, value, must, aim, AtLeast: false, measured));

    /// <summary>Adds a figure that must not fall below its bounds.</summary>
    public void AtLeast(string key, string what, double value, double must, double aim, string measured) =>
        Add(new BenchFigure(key, what, value, must, aim, AtLeast: true, measured));

    /// <summary>Notes what a figure was made of.</summary>
    public void Note(string key, double value) => _details[key] = value;

    /// <summary>One object: each figure by its key, then what they were made of.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = [];
        foreach (BenchFigure figure in _figures) json[figure.Key] = double.IsFinite(figure.Value) ? Math.Round(figure.Value, 5) : null;
        json["details"] =
            new JsonObject(_details.Select(detail => KeyValuePair.Create<string, JsonNode?>(detail.Key, Math.Round(detail.Value, 5))));
        json["processor"] = Processor;
        json["cores"] = Environment.ProcessorCount;
        json["registers"] = MaskBank.Registers;
        json["runtime"] = RuntimeInformation.FrameworkDescription;
        return json;
    }
}
