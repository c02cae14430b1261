using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tasks;

/// <summary>A training under way. The training thread writes the counters, grain turns read them.</summary>
/// <param name="order">What was ordered.</param>
/// <param name="batches">Batches ordered.</param>
internal sealed class TrainingRun(TrainingOrder order, int batches) : IDisposable
{
    private int _batchesDone;
    private float _loss;
    private volatile TrainingState _state = TrainingState.Queued;
    private volatile bool _isSuspended;

    /// <summary>What was ordered.</summary>
    public TrainingOrder Order => order;

    /// <summary>Stops the run.</summary>
    public CancellationTokenSource Stop { get; } = new();

    /// <summary>Whether the run is to store where it stands after the next batch, and to stop.</summary>
    public bool IsSuspended => _isSuspended;

    /// <summary>Ends when the run has ended, however; never throws.</summary>
    public Task Completion { get; set; } = Task.CompletedTask;

    /// <summary>The last checkpoint being stored.</summary>
    public Task Checkpointing { get; set; } = Task.CompletedTask;

    /// <summary>Has the run store where it stands after the next batch, and stop.</summary>
    /// <returns>Whether batches are being trained; else there is no next.</returns>
    public bool Suspend()
    {
        _isSuspended = true;
        return _state == TrainingState.Training;
    }

    /// <summary>Set when the mask is being stored.</summary>
    public void Storing() => _state = TrainingState.Storing;

    /// <summary>Called by the training thread after each batch.</summary>
    public void Report(int batchesDone, float loss)
    {
        Volatile.Write(ref _loss, loss);
        Volatile.Write(ref _batchesDone, batchesDone);
        _state = TrainingState.Training;
    }

    /// <summary>Where the run stands.</summary>
    public TrainingProgress Progress(int task) => new()
    {
        Task = task,
        State = _state,
        Batches = batches,
        BatchesDone = Volatile.Read(ref _batchesDone),
        Loss = Volatile.Read(ref _loss),
    };

    public void Dispose() => Stop.Dispose();
}
