using System.Diagnostics;
using System.Diagnostics.Metrics;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Telemetry;

/// <summary>One per silo: what its inference replicas measure.</summary>
public sealed class InferenceMetrics
{
    private readonly Counter<long> _queries;
    private readonly Counter<long> _rows;
    private readonly Histogram<double> _duration;
    private readonly Histogram<int> _batchRows;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _failures;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">The silo's meters.</param>
    public InferenceMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(SupSupTelemetry.Name);
        _queries = meter.CreateCounter<long>("supsup.inference.queries", "{query}", "Requests answered.");
        _rows = meter.CreateCounter<long>("supsup.inference.rows", "{row}", "Images answered.");
        _duration = meter.Histogram(
            "supsup.inference.duration", "s", "Time from a request's arrival at the replica to its answer, waiting included.",
            0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10);
        _batchRows = meter.Histogram(
            "supsup.inference.batch.rows", "{row}", "Images that share a pass.", 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024);
        _refused = meter.CreateCounter<long>(
            "supsup.inference.refused", "{query}", "Requests refused because too many images waited already (Compute:InferenceQueueRows).");
        _failures = meter.CreateCounter<long>(
            "supsup.inference.failures", "{query}", "Requests that failed, refused ones included, by the kind of error.");
    }

    /// <summary>A request was answered.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kind">Whether its task was "inferred" or "given".</param>
    /// <param name="rows">Its images.</param>
    /// <param name="taken">How long that took.</param>
    internal void Answered(string model, string kind, int rows, TimeSpan taken)
    {
        TagList tags = new(new("model", model), new("kind", kind));
        _queries.Add(1, tags);
        _rows.Add(rows, tags);
        _duration.Record(taken.TotalSeconds, tags);
    }

    /// <summary>A request failed.</summary>
    internal void Failed(string model, SupSupError error) => _failures.Add(1, new("model", model), new("error", error.ToString()));

    /// <summary>A request was refused.</summary>
    internal void Refused(string model) => _refused.Add(1, new KeyValuePair<string, object?>("model", model));

    /// <summary>A pass begins.</summary>
    internal void Passed(string model, int rows) => _batchRows.Record(rows, new KeyValuePair<string, object?>("model", model));
}
