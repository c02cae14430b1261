using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Tests.Telemetry;

/// <summary>Collects what the meter of one silo says, though others may share the process.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Name, double Value, string[] Tags)> _values = new();

    public Measurements(IServiceProvider silo)
    {
        IMeterFactory meters = silo.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != SupSupTelemetry.Name || !ReferenceEquals(instrument.Meter.Scope, meters)) return;
            Instruments.Add(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    public ConcurrentBag<Instrument> Instruments { get; } = [];

    /// <summary>The values of an instrument with all of these tags, each as `key=value`.</summary>
    public double[] Of(string name, params string[] tags) =>
        [.. _values.Where(value => value.Name == name && !tags.Except(value.Tags).Any()).Select(value => value.Value)];

    /// <summary>What an observed instrument says now, summed.</summary>
    public double Observe(string name, params string[] tags)
    {
        int before = Of(name, tags).Length;
        _listener.RecordObservableInstruments();
        return Of(name, tags).Skip(before).Sum();
    }

    public void Dispose() => _listener.Dispose();

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string[] named = new string[tags.Length];
        for (int n = 0; n < tags.Length; n++) named[n] = $"{tags[n].Key}={tags[n].Value}";
        _values.Enqueue((instrument.Name, value, named));
    }
}
