using System.Diagnostics.Metrics;

namespace SupSup.Grains.Telemetry;

/// <summary>One per silo: what callers over HTTP and gRPC take of it.</summary>
public sealed class RequestMetrics
{
    private readonly UpDownCounter<long> _memory;
    private readonly UpDownCounter<long> _streams;
    private readonly Counter<long> _refused;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">The silo's meters.</param>
    public RequestMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(SupSupTelemetry.Name);
        _memory = meter.CreateUpDownCounter<long>(
            "supsup.request.memory", "By", "Memory set aside for requests that are read or wait for their answer.");
        _streams = meter.CreateUpDownCounter<long>("supsup.request.streams", "{stream}", "Streams that are open.");
        _refused = meter.CreateCounter<long>(
            "supsup.request.refused", "{request}", "Requests, and connections, refused because all that is allowed was taken.");
    }

    /// <summary>Memory was set aside, or let go of.</summary>
    /// <param name="bytes">How much; below zero where it was let go of.</param>
    public void Held(long bytes) => _memory.Add(bytes);

    /// <summary>A stream was opened (1), or ended (-1).</summary>
    public void Streams(int change) => _streams.Add(change);

    /// <summary>Something was refused.</summary>
    /// <param name="limit">Which limit was reached: "memory", "streams", "requests" or "connections".</param>
    public void Refused(string limit) => _refused.Add(1, new KeyValuePair<string, object?>("limit", limit));
}
