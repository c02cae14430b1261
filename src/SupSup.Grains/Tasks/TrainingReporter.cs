using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tasks;

/// <summary>
/// Tells the model's training board how a task's training goes: once a second while something changes, now and then while
/// nothing does, and when it ends. Used in grain turns only; the training does not wait for it, who orders it does.
/// </summary>
/// <param name="grain">The task grain, whose timer this runs on.</param>
/// <param name="board">The board.</param>
/// <param name="learning">The training.</param>
/// <param name="time">The clock.</param>
internal sealed class TrainingReporter(IGrainBase grain, ITrainingBoardGrain board, TaskLearning learning, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // How long an order waits for a board that does not answer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // What waits, for a thread or for its client's batches, is told of every 20 seconds, so that it is not taken for lost.
    private const int MostSilent = 20;

    private IGrainTimer? _timer;
    private TrainingUnderWay? _training;
    private TrainingProgress? _told;
    private int _silent;

    /// <summary>Starts, unless it reports already or nothing is being trained, and waits until the board knows of the training: whoever
    /// deletes the model finds it there. A training that failed at once is reported as that.</summary>
    public async Task StartAsync()
    {
        if (_timer is not null) return;
        if (learning.UnderWay is not { } training)
        {
            if (learning.Progress() is { State: TrainingState.Failed } failed)
                board.ReportAsync(new TrainingReport { Progress = failed }).Ignore();
            return;
        }

        (_told, _training) = (null, training);
        _timer = grain.RegisterGrainTimer(ReportAsync, new GrainTimerCreationOptions(Interval, Interval) { Interleave = true });
        await ReportAsync(CancellationToken.None).WaitAsync(Patience, time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        TrainingProgress progress = learning.Progress();
        TrainingUnderWay training = learning.UnderWay ?? _training!;
        _training = training;
        if (progress.IsFinal)
        {
            // The outcome says nothing of how far it came. What was trained holds megabytes, and is let go.
            progress = training.Progress() with { State = progress.State, Summary = progress.Summary, Error = progress.Error };
            _timer?.Dispose();
            (_timer, _training) = (null, null);
        }
        else if (progress == _told && ++_silent < MostSilent)
        {
            return;
        }

        (_told, _silent) = (progress, 0);
        await board.ReportAsync(new TrainingReport { Progress = progress, Curve = training.Curve.Points() });
    }
}
