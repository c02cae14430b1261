using System.Diagnostics;

namespace SupSup.Experiments.Learners;

/// <summary>
/// Tells of trainings that take minutes each: how many images a second, and how long all that is left of the run will take. The first word
/// comes after a few batches, so that one who starts a run of hours knows it then. Thread-safe.
/// </summary>
/// <param name="stage">Hears of it.</param>
/// <param name="batches">Batches of a task.</param>
/// <param name="batchSize">Images of a batch.</param>
/// <param name="tasksLeft">Tasks of the run that are still to be learned.</param>
internal sealed class ImageRate(IStageProgress stage, int batches, int batchSize, int tasksLeft)
{
    private const int FirstBatches = 8;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _told;
    private int _done;

    /// <summary>A task was trained on so many more batches.</summary>
    /// <param name="some">How many.</param>
    /// <param name="isOfStage">Whether the task is one of the stage's, and not trained with them before its turn.</param>
    public void Add(int some = 1, bool isOfStage = true)
    {
        if (isOfStage) stage.Advance((double)some / batches);
        string? line = null;
        lock (_lock)
        {
            _done += some;
            TimeSpan since = Stopwatch.GetElapsedTime(_told == 0 ? _start : _told);
            if (_told == 0 ? _done >= FirstBatches : since >= Interval)
            {
                _told = Stopwatch.GetTimestamp();
                double perSecond = _done * (double)batchSize / Stopwatch.GetElapsedTime(_start).TotalSeconds;
                double left = (((long)tasksLeft * batches) - _done) * (double)batchSize / perSecond;
                line = $"{perSecond:F0} images a second; {Text(TimeSpan.FromSeconds(left))} for the {tasksLeft} tasks that were left";
            }
        }

        if (line is not null) stage.Note(line);
    }

    private static string Text(TimeSpan time) =>
        time.TotalMinutes < 1 ? $"about {time.TotalSeconds:F0} s more"
        : time.TotalHours < 2 ? $"about {time.TotalMinutes:F0} minutes more" : $"about {time.TotalHours:F1} hours more";
}
