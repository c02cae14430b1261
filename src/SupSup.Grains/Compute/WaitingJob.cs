using SupSup.Core.Training;
using SupSup.Grains.Models;

namespace SupSup.Grains.Compute;

/// <summary>
/// A training that waits for its group or is in it. It has one outcome, and nothing is reported after that: a report
/// under way holds the outcome up, so that whoever stops a training hears nothing of it afterwards. Thread-safe.
/// </summary>
internal sealed class WaitingJob
{
    private readonly TaskCompletionSource<TrainedMask> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _reporting = new();
    private readonly BatchReport? _onBatches;

    /// <summary>Wraps a job.</summary>
    /// <param name="network">The model.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="job">The task.</param>
    /// <param name="since">Timestamp from which it waits.</param>
    public WaitingJob(ModelNetwork network, Recipe recipe, TrainingJob job, long since)
    {
        Key = GroupKey.Of(network, recipe, job);
        Network = network;
        Since = since;
        _onBatches = job.OnBatches;
        Job = job with { OnBatches = Report };
    }

    /// <summary>What its group must share.</summary>
    public GroupKey Key { get; }

    public ModelNetwork Network { get; }

    /// <summary>The job as the group is to train it.</summary>
    public TrainingJob Job { get; }

    /// <summary>Timestamp from which it waits.</summary>
    public long Since { get; }

    public Task<TrainedMask> Outcome => _outcome.Task;

    public void Complete(TrainedMask trained) => End(() => _outcome.TrySetResult(trained));

    public void Fail(Exception error) => End(() => _outcome.TrySetException(error));

    /// <summary>Ends it as stopped.</summary>
    public void Cancel(CancellationToken cancellationToken) => End(() => _outcome.TrySetCanceled(cancellationToken));

    private void End(Func<bool> outcome)
    {
        lock (_reporting) outcome();
    }

    private void Report(int batchesDone, float loss, Func<TrainingCheckpoint> capture)
    {
        lock (_reporting)
        {
            if (Outcome.IsCompleted) return;
            try
            {
                _onBatches?.Invoke(batchesDone, loss, capture);
            }
#pragma warning disable CA1031 // One listener's failure is its own training's, not the group's.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _outcome.TrySetException(e);
            }
        }
    }
}
