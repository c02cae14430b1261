using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Tasks;

/// <summary>One per silo: what its trainings measure.</summary>
public sealed class TrainingMetrics
{
    private readonly ConcurrentDictionary<TrainingRun, bool> _runs = [];
    private readonly UsageMetrics _usage;
    private readonly Counter<long> _batches;
    private readonly Counter<long> _tasks;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _segments;
    private int _streams;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">The silo's meters.</param>
    /// <param name="usage">What each caller takes.</param>
    public TrainingMetrics(IMeterFactory meters, UsageMetrics usage)
    {
        _usage = usage;
        Meter meter = meters.Create(SupSupTelemetry.Name);
        _batches = meter.CreateCounter<long>("supsup.training.batches", "{batch}", "Batches trained by this silo.");
        _tasks = meter.CreateCounter<long>("supsup.training.tasks", "{task}", "Trainings of this silo's tasks that ended.");
        _duration = meter.Histogram(
            "supsup.training.duration", "s", "Time that a mask took to train, without waiting.",
            0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000);
        _segments = meter.CreateCounter<long>(
            "supsup.stream.segments", "{segment}", "Segments of streams without task identity, by what was decided for them.");
        meter.CreateObservableUpDownCounter("supsup.training.queued", () => _runs.Keys.Count(run => run.IsQueued), "{training}",
            "Trainings of this silo's tasks that wait for a thread or a GPU.");
        meter.CreateObservableUpDownCounter("supsup.training.active", Active, "{training}",
            "Trainings of this silo's tasks that are under way: runs, and open streams of submitted batches.");
    }

    /// <summary>A run begins to wait.</summary>
    internal void Enter(TrainingRun run) => _runs.TryAdd(run, true);

    /// <summary>A run has ended.</summary>
    internal void Leave(TrainingRun run) => _runs.TryRemove(run, out _);

    /// <summary>Streams of submitted batches were opened or closed.</summary>
    /// <param name="change">By how many there are more.</param>
    internal void StreamsChanged(int change) => Interlocked.Add(ref _streams, change);

    /// <summary>Batches were trained.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kind">Whether they were "made" by the silo or "submitted".</param>
    /// <param name="batches">How many.</param>
    /// <param name="caller">Who ordered that; null where it is not known.</param>
    internal void Trained(string model, string kind, int batches, string? caller)
    {
        _batches.Add(batches, new("model", model), new("kind", kind));
        _usage.Trained(caller, batches);
    }

    /// <summary>A training ended.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kind">Whether its batches were "made" by the silo or "submitted".</param>
    /// <param name="outcome">One of "trained", "failed", "cancelled" and "suspended".</param>
    internal void Ended(string model, string kind, string outcome) =>
        _tasks.Add(1, new("model", model), new("kind", kind), new("outcome", outcome));

    /// <summary>A mask took so long to train.</summary>
    internal void Took(string model, string kind, TimeSpan duration) =>
        _duration.Record(duration.TotalSeconds, new("model", model), new("kind", kind));

    internal void Decided(string model, StreamAllocationKind kind) => _segments.Add(1, new("model", model), new("kind", kind.ToString()));

    private IEnumerable<Measurement<int>> Active() =>
    [
        new(_runs.Keys.Count(run => !run.IsQueued), new KeyValuePair<string, object?>("kind", TrainingKind.Made)),
        new(Volatile.Read(ref _streams), new KeyValuePair<string, object?>("kind", TrainingKind.Submitted)),
    ];
}
