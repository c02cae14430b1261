using System.Diagnostics.Metrics;

namespace SupSup.Grains.Telemetry;

/// <summary>One per silo: what each caller with an API key takes of it. Keys are told apart by their names in the file of keys, so there
/// are as many values as keys; callers with tokens are counted as one.</summary>
public sealed class UsageMetrics
{
    /// <summary>What callers with tokens are counted as.</summary>
    public const string Tokens = "(tokens)";

    // Calls carry it from silo to silo.
    private const string Context = "supsup.caller";

    private readonly Counter<long> _requests;
    private readonly Counter<long> _rows;
    private readonly Counter<long> _batches;
    private readonly Counter<long> _bytes;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">The silo's meters.</param>
    public UsageMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(SupSupTelemetry.Name);
        _requests = meter.CreateCounter<long>("supsup.usage.requests", "{request}", "Requests of a key over HTTP and gRPC.");
        _rows = meter.CreateCounter<long>("supsup.usage.rows", "{row}", "Rows inferred for a key.");
        _batches = meter.CreateCounter<long>(
            "supsup.usage.batches", "{batch}", "Batches trained for a key: those it submits, and those of trainings that it orders.");
        _bytes = meter.CreateCounter<long>("supsup.usage.bytes", "By", "Bytes of request bodies received of a key, once decoded.");
    }

    /// <summary>Whose call is being served; null where that is not known.</summary>
    internal static string? Caller => RequestContext.Get(Context) as string;

    /// <summary>A request came; what it causes, on any silo, is counted as its caller's.</summary>
    /// <param name="caller">The name of its key, or <see cref="Tokens"/>.</param>
    public void Requested(string caller)
    {
        RequestContext.Set(Context, caller);
        _requests.Add(1, Key(caller));
    }

    /// <summary>Bytes of a request's body were received.</summary>
    /// <param name="bytes">How many.</param>
    public void Received(long bytes)
    {
        if (Caller is { } caller) _bytes.Add(bytes, Key(caller));
    }

    /// <summary>Rows were inferred.</summary>
    /// <param name="rows">How many.</param>
    internal void Inferred(int rows)
    {
        if (Caller is { } caller) _rows.Add(rows, Key(caller));
    }

    /// <summary>Batches were trained.</summary>
    /// <param name="caller">Who ordered that; null where it is not known.</param>
    /// <param name="batches">How many.</param>
    internal void Trained(string? caller, int batches)
    {
        if (caller is not null) _batches.Add(batches, Key(caller));
    }

    private static KeyValuePair<string, object?> Key(string caller) => new("key", caller);
}
