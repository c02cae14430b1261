using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Tasks;

/// <summary>A training under way. The training thread writes the counters, grain turns read them.</summary>
/// <param name="order">What was ordered.</param>
internal sealed class TrainingRun(TrainingOrder order) : IDisposable
{
    private readonly CancellationTokenSource _suspending = new();
    private int _batchesDone;
    private float _loss;
    private volatile TrainingState _state = TrainingState.Queued;
    private volatile string? _silo;

    /// <summary>The losses so far.</summary>
    public LossCurve Curve { get; } = new();

    /// <summary>What was ordered.</summary>
    public TrainingOrder Order => order;

    /// <summary>Who ordered it; null where that is not known.</summary>
    public string? Caller { get; } = UsageMetrics.Caller;

    /// <summary>Batches at most; 0 before that is known.</summary>
    public int Batches { get; set; }

    /// <summary>Set when the run is to store where it stands and stop.</summary>
    public CancellationToken Suspending => _suspending.Token;

    /// <summary>What is kept of the data; null before they were opened.</summary>
    public TaskDetails? Details { get; set; }

    /// <summary>Stops the run.</summary>
    public CancellationTokenSource Stop { get; } = new();

    /// <summary>Ends when the run has ended, however; never throws.</summary>
    public Task Completion { get; set; } = Task.CompletedTask;

    /// <summary>The last checkpoint being stored.</summary>
    public Task Checkpointing { get; set; } = Task.CompletedTask;

    /// <summary>Set when the mask is being stored.</summary>
    public void Storing() => _state = TrainingState.Storing;

    /// <summary>Whether no batch has been trained yet.</summary>
    public bool IsQueued => _state == TrainingState.Queued;

    /// <summary>Has the run store where it stands and stop once a batch is trained.</summary>
    public Task SuspendAsync() => _suspending.CancelAsync();

    /// <summary>Called by the training thread after each batch.</summary>
    public void Report(int batchesDone, float loss, string silo)
    {
        _silo = silo;
        Curve.Add(batchesDone, loss);
        Volatile.Write(ref _loss, loss);
        Volatile.Write(ref _batchesDone, batchesDone);
        _state = TrainingState.Training;
    }

    /// <summary>Where the run stands.</summary>
    public TrainingProgress Progress(int task) => new()
    {
        Task = task,
        State = _state,
        Batches = Batches,
        BatchesDone = Volatile.Read(ref _batchesDone),
        Loss = Volatile.Read(ref _loss),
        Silo = _silo,
    };

    public void Dispose()
    {
        Stop.Dispose();
        _suspending.Dispose();
    }
}
