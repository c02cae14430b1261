using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using SupSup.Core.Banks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Telemetry;

/// <summary>One per silo: what is measured of masks in memory and of the reading of stored ones.</summary>
public sealed class MaskMetrics
{
    private readonly ConcurrentDictionary<IMaskBank, string> _banks = [];
    private readonly Counter<long> _reads;
    private readonly Counter<long> _failures;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">The silo's meters.</param>
    public MaskMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(SupSupTelemetry.Name);
        meter.CreateObservableUpDownCounter(
            "supsup.shard.masks", () => Sum(bank => bank.Held.Count), "{mask}", "Masks that the silo's shards hold in memory.");
        meter.CreateObservableUpDownCounter(
            "supsup.shard.memory", () => Sum(bank => bank.MemoryBytes), "By", "Memory of the masks that the silo's shards hold.");
        _reads = meter.CreateCounter<long>("supsup.mask.reads", "{mask}", "Stored masks read into shards and superpositions.");
        _failures = meter.CreateCounter<long>("supsup.mask.failures", "{mask}",
            "Stored masks that could not be read, by the kind of error; each is tried again every few seconds.");
    }

    /// <summary>A shard has a bank; it is counted until it is removed.</summary>
    internal void Add(IMaskBank bank, string model) => _banks.TryAdd(bank, model);

    /// <summary>A shard let go of its bank.</summary>
    internal void Remove(IMaskBank bank) => _banks.TryRemove(bank, out _);

    /// <summary>A stored mask was read.</summary>
    internal void Read(string model) => _reads.Add(1, new KeyValuePair<string, object?>("model", model));

    /// <summary>A stored mask could not be read.</summary>
    internal void Failed(string model, SupSupError error) => _failures.Add(1, new("model", model), new("error", error.ToString()));

    private IEnumerable<Measurement<long>> Sum(Func<IMaskBank, long> value) => _banks.ToArray()
        .GroupBy(bank => bank.Value)
        .Select(model => new Measurement<long>(model.Sum(bank => value(bank.Key)), new KeyValuePair<string, object?>("model", model.Key)));
}
