using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Board;

/// <summary>What a model's board shows: one report for each task, within bounds of time and number.</summary>
/// <param name="time">The clock.</param>
internal sealed class TrainingBoard(TimeProvider time)
{
    /// <summary>Trainings under way that are kept; what comes beyond is not shown.</summary>
    public const int MostUnderWay = 10_000;

    /// <summary>Ended trainings that are kept, the latest.</summary>
    public const int MostEnded = 200;

    /// <summary>How long an ended training is kept.</summary>
    public static readonly TimeSpan EndedFor = TimeSpan.FromMinutes(5);

    /// <summary>A training that nothing was heard of for so long has lost its silo.</summary>
    public static readonly TimeSpan SilentFor = TimeSpan.FromMinutes(1);

    private readonly Dictionary<int, TrainingReport> _reports = [];
    private int _ended;
    private DateTimeOffset _tidied = time.GetUtcNow();

    public void Take(TrainingReport report)
    {
        int task = report.Progress.Task;
        if (_reports.Remove(task, out TrainingReport? before) && before.Progress.IsFinal) _ended--;

        // A training that was suspended goes on elsewhere, and is reported from there.
        if (report.Progress.State == TrainingState.Untrained) return;
        DateTimeOffset now = time.GetUtcNow();
        if (_ended >= 2 * MostEnded || now - _tidied >= SilentFor) Tidy(now);
        if (_reports.Count - _ended >= MostUnderWay && !report.Progress.IsFinal) return;
        _reports[task] = report with { At = now };
        if (report.Progress.IsFinal) _ended++;
    }

    /// <summary>What there is, by task index.</summary>
    public ImmutableArray<TrainingReport> List()
    {
        Tidy(time.GetUtcNow());
        return [.. _reports.Values.OrderBy(report => report.Progress.Task)];
    }

    private void Tidy(DateTimeOffset now)
    {
        _tidied = now;
        TrainingReport[] ended = [.. _reports.Values.Where(report => report.Progress.IsFinal).OrderByDescending(report => report.At)];
        TrainingReport[] silent = [.. _reports.Values.Where(report => !report.Progress.IsFinal && now - report.At > SilentFor)];
        foreach (TrainingReport report in ended.Where((report, n) => n >= MostEnded || now - report.At > EndedFor).Concat(silent))
            _reports.Remove(report.Progress.Task);
        _ended = _reports.Values.Count(report => report.Progress.IsFinal);
    }
}
