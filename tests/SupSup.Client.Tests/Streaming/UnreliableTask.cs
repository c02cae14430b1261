using System.Collections.Immutable;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client.Tests.Streaming;

/// <summary>
/// A task grain of which every call may fail before or after it did its work, be answered late, or find that the silo
/// crashed since; it trains what is wanted and notes it. Waits for batches ahead of their turn as the real one does.
/// </summary>
internal sealed class UnreliableTask(int batches, Random random, double faults, int checkpoint = 10, int window = 8, int refused = -1)
    : ITaskGrain
{
    // A batch that is not taken the first time it comes, as when the silo has too many waiting.
    private int _refused = refused;

    private readonly Lock _lock = new();
    private List<int> _trained = [];
    private int _durable;

    /// <summary>What the task was trained on, in this order.</summary>
    public IReadOnlyList<int> Trained => _trained;

    /// <summary>How often batches were submitted.</summary>
    public int Submissions { get; private set; }

    /// <summary>How often it was asked to make durable what it has.</summary>
    public int Flushes { get; private set; }

    public static TaskSummary Summary { get; } = new()
    {
        Task = 0,
        Version = 1,
        Order = new TrainingOrder { Data = null },
        Bytes = 1,
        Checksum = "",
        Loss = 0,
        TrainSeconds = 0,
        TrainedAt = default,
    };

    public Task<TrainingProgress> TrainAsync(TrainingOrder order, CancellationToken cancellationToken) => CallAsync(
        () => new TrainingProgress
        {
            Task = 0,
            State = IsStored ? TrainingState.Trained : TrainingState.Training,
            Batches = batches,
            BatchesDone = _trained.Count,
            Summary = IsStored ? Summary : null,
        },
        cancellationToken);

    public async Task<StreamPosition> SubmitAsync(int number, LabelledBatch batch, CancellationToken cancellationToken)
    {
        bool Missing()
        {
            lock (_lock) return number > _trained.Count && number - _trained.Count < window;
        }

        bool isRefused;
        lock (_lock)
        {
            Submissions++;
            isRefused = number == _refused;
            if (isRefused) _refused = -1;
        }

        if (isRefused)
        {
            // Later than the answers to calls that were made after it.
            await Task.Delay(50, cancellationToken);
            return Position;
        }

        for (int n = 0; n < 30 && Missing(); n++) await Task.Delay(1, cancellationToken);
        return await CallAsync(
            () =>
            {
                if (number == _trained.Count && !IsStored) _trained.Add(batch.Labels[0]);
                if (_trained.Count - _durable >= checkpoint || _trained.Count == batches) _durable = _trained.Count;
                return Position;
            },
            cancellationToken);
    }

    public Task<StreamPosition> FlushAsync(CancellationToken cancellationToken) => CallAsync(
        () =>
        {
            Flushes++;
            _durable = _trained.Count;
            return Position;
        },
        cancellationToken);

    public IAsyncEnumerable<TrainingProgress> WatchAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task CancelTrainingAsync(CancellationToken cancellationToken) => CallAsync(
        () =>
        {
            (_trained, _durable) = ([], 0);
            return true;
        },
        cancellationToken);

    public Task<TaskSummary?> DescribeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<PackedMaskBlob> GetMaskAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<PackedMaskBlob> GetMaskAsync(int version, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<TaskPredictions> PredictAsync(InputBatch inputs, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<TaskPredictions> PredictAsync(InputBatch inputs, int version, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<Evaluation> EvaluateAsync(TaskData? data, int version, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<ImmutableArray<TaskVersion>> ListVersionsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<TaskSummary> RollBackAsync(int version, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<VersionComparison> CompareAsync(int one, int other, TaskData? data, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task DeleteAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<LossPoint[]> GetCurveAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RenameAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<float[]> ProbabilitiesAsync(InputBatch inputs, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<TaskPredictions> PredictSoFarAsync(InputBatch inputs, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<StreamPosition> FinishAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Evaluation> EvaluateAsync(TaskData? data, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<TaskSummary> ImportAsync(byte[] file, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<TaskSummary> ImportAsync(byte[] file, TaskDetails details, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    private bool IsStored => _durable == batches;

    private StreamPosition Position => new() { Trained = _trained.Count, Durable = _durable, Summary = IsStored ? Summary : null };

    private async Task<T> CallAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await Task.Yield();
        T result;
        bool late;
        lock (_lock)
        {
            if (random.NextDouble() < faults) throw new SiloUnavailableException("before");
            if (random.NextDouble() < faults / 4) _trained = _trained[.._durable];
            result = work();
            if (random.NextDouble() < faults) throw new SupSupException(SupSupError.Unavailable, "after");
            late = random.NextDouble() < faults;
        }

        if (late) await Task.Delay(3, cancellationToken);
        return result;
    }
}
