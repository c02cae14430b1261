using System.Collections.Immutable;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Board;

/// <summary>The trainings of a model, for whoever looks on.</summary>
/// <param name="time">The clock.</param>
[GrainType("training-board")]
public sealed class TrainingBoardGrain(TimeProvider time) : Grain, ITrainingBoardGrain
{
    private const int MostEnded = 200;
    private const int MostUnderWay = 10_000;
    private static readonly TimeSpan EndedFor = TimeSpan.FromMinutes(5);

    // A training that nothing was heard of for so long has lost its silo.
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(30);

    private readonly Dictionary<int, TrainingReport> _reports = [];

    /// <inheritdoc/>
    public Task ReportAsync(TrainingReport report)
    {
        int task = report.Progress.Task;
        if (_reports.Count >= MostUnderWay + MostEnded && !_reports.ContainsKey(task)) Forget();
        if (_reports.Count < MostUnderWay + MostEnded || _reports.ContainsKey(task)) _reports[task] = report with { At = time.GetUtcNow() };
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<TrainingReport>> ListAsync(CancellationToken cancellationToken)
    {
        Forget();
        return Task.FromResult<ImmutableArray<TrainingReport>>([.. _reports.Values.OrderBy(report => report.Progress.Task)]);
    }

    private void Forget()
    {
        DateTimeOffset now = time.GetUtcNow();
        TrainingReport[] ended = [.. _reports.Values.Where(report => report.Progress.IsFinal).OrderByDescending(report => report.At)];
        foreach (TrainingReport report in ended.Where((report, n) => n >= MostEnded || now - report.At > EndedFor)
            .Concat(_reports.Values.Where(report => !report.Progress.IsFinal && now - report.At > SilentFor)).ToArray())
            _reports.Remove(report.Progress.Task);
    }
}
