using System.Diagnostics.Metrics;

namespace SupSup.Grains.Telemetry;

/// <summary>One per silo: what is measured of the store.</summary>
public sealed class StorageMetrics
{
    private readonly Histogram<double> _duration;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">The silo's meters.</param>
    public StorageMetrics(IMeterFactory meters) => _duration = meters.Create(SupSupTelemetry.Name).Histogram(
        "supsup.storage.duration", "s", "Time of an operation on a stored record, its repetitions included.",
        0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30);

    /// <summary>An operation ended.</summary>
    /// <param name="state">Name of the stored state.</param>
    /// <param name="operation">One of "read", "write" and "clear".</param>
    /// <param name="outcome">One of "done", "conflict" and "failed".</param>
    /// <param name="taken">How long it took.</param>
    internal void Done(string state, string operation, string outcome, TimeSpan taken) =>
        _duration.Record(taken.TotalSeconds, new("state", state), new("operation", operation), new("outcome", outcome));
}
