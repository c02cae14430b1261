using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tasks;

/// <summary>Tells the model's training board how a task's training goes, about twice a second while it goes on. Used in grain turns only.</summary>
/// <param name="grain">The task grain, whose timer this runs on.</param>
/// <param name="board">The board.</param>
/// <param name="learning">The training.</param>
internal sealed class TrainingReporter(IGrainBase grain, ITrainingBoardGrain board, TaskLearning learning) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // A stream that waits for batches is told of now and then, so that it is not taken for lost.
    private const int MostSilent = 20;

    private IGrainTimer? _timer;
    private LossCurve? _curve;
    private TrainingProgress? _told;
    private int _silent;

    /// <summary>Starts, unless it reports already or nothing is being trained.</summary>
    public void Start()
    {
        _curve = learning.Curve ?? _curve;
        if (!learning.IsBusy) return;
        _timer ??= grain.RegisterGrainTimer(ReportAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Interval) { Interleave = true });
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        TrainingProgress progress = learning.Progress();
        _curve = learning.Curve ?? _curve;
        if (progress.IsFinal)
        {
            _timer?.Dispose();
            _timer = null;
        }
        else if (progress == _told && ++_silent < MostSilent)
        {
            return;
        }

        (_told, _silent) = (progress, 0);
        await board.ReportAsync(new TrainingReport { Progress = progress, Curve = _curve?.Points() ?? [] });
    }
}
