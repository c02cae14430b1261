using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Grains.Compute;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Tasks;

/// <summary>
/// How a task comes to its mask: a run over data that the silo makes, or a stream of submitted batches. Used in grain
/// turns; the training itself runs on the silo's training threads. Whether a run or a stream is open is decided without
/// an await in between.
/// </summary>
internal sealed partial class TaskLearning : IDisposable
{
    private static readonly TimeSpan LongestTraining = TimeSpan.FromDays(1);

    private readonly TaskStore _store;
    private readonly TaskDataLibrary _data;
    private readonly TrainingCompute _compute;
    private readonly ComputeOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<TaskGrain> _logger;
    private readonly Action<TimeSpan> _keepAlive;
    private readonly string _name;
    private readonly int _index;
    private TrainingRun? _run;
    private BatchStream? _stream;
    private SupSupException? _failure;

    public TaskLearning(
        string model, int index, TaskStore store, TaskDataLibrary data, TrainingCompute compute, IOptions<ComputeOptions> options, TimeProvider time, ILogger<TaskGrain> logger, Action<TimeSpan> keepAlive)
    {
        _name = GrainKeys.Task(model, index);
        _index = index;
        _store = store;
        _data = data;
        _compute = compute;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _keepAlive = keepAlive;
    }

    private bool IsBusy => _run is not null || _stream is not null;

    /// <summary>Ends when the run has ended; never, when there is none.</summary>
    public Task RunCompletion => _run?.Completion ?? Task.Delay(Timeout.Infinite);

    /// <summary>Starts, or goes on.</summary>
    public async Task StartAsync(TrainingOrder order, ModelNetwork network, ICoordinatorGrain coordinator, CancellationToken cancellationToken)
    {
        Recipe recipe = order.Recipe();
        TrainingOrder? present = _store.Summary?.Order ?? _run?.Order ?? _stream?.Order ?? _store.Checkpoint.Order;
        if (present is not null && present != order)
            throw new SupSupException(SupSupError.Conflict, $"task {_name} has another order already ({present}); a mask never changes, so choose another task index, or cancel the training if it is under way");
        if (_store.IsTrained)
        {
            // A crash may have come between the mask and the directory: entering it again is harmless.
            await coordinator.RegisterTaskAsync(_store.Summary!, cancellationToken);
        }
        else if (order.Data is null)
        {
            await OpenAsync(order, network, recipe);
        }
        else if (_run is null)
        {
            _failure = null;
            _run = new TrainingRun(order, recipe.Batches);
            _keepAlive(LongestTraining);
            _run.Completion = RunAsync(_run, network, recipe, coordinator);
        }
    }

    /// <summary>Trains on a submitted batch; see <see cref="ITaskGrain.SubmitAsync"/>.</summary>
    public async Task<StreamPosition> SubmitAsync(int number, LabelledBatch batch, ModelNetwork network, ICoordinatorGrain coordinator, CancellationToken cancellationToken)
    {
        // After a restart of the silo the order is in the checkpoint, and the stream goes on without being opened again.
        if (!_store.IsTrained && _stream is null && _store.Checkpoint.Order is { Data: null } order) await OpenAsync(order, network, order.Recipe());
        if (_store.IsTrained) return Completed();
        BatchStream stream = _stream ?? throw new SupSupException(SupSupError.NotFound, $"task {_name} takes no batches; order its training without data first");
        Check(batch, network);
        await stream.Turn.WaitAsync(cancellationToken);
        try
        {
            if (_stream != stream) return _store.IsTrained ? Completed() : throw new SupSupException(SupSupError.NotFound, $"the stream of task {_name} was closed; order its training again");
            if (number == stream.Trained && !stream.IsComplete)
                await _compute.RunAsync(() => stream.Step(batch, _time), CancellationToken.None);
            if (stream.IsComplete)
            {
                TaskSummary summary = await _store.StoreAsync(_index, stream.Order, network, stream.Finish(), _time.GetUtcNow());
                await coordinator.RegisterTaskAsync(summary, CancellationToken.None);
                _stream = null;
                stream.Dispose();
                return Completed();
            }

            if (stream.Trained - stream.Durable >= _options.CheckpointBatches) await SaveAsync(stream);
            return stream.Position;
        }
        finally
        {
            stream.Turn.Release();
        }
    }

    /// <summary>Stops what is open and forgets how far it came.</summary>
    public async Task CancelAsync(CancellationToken cancellationToken)
    {
        if (_run is { } run)
        {
            await run.Stop.CancelAsync();
            await run.Completion.WaitAsync(cancellationToken);
        }

        if (_stream is { } stream)
        {
            await stream.Turn.WaitAsync(cancellationToken);
            if (_stream == stream)
            {
                _stream = null;
                stream.Dispose();
            }

            stream.Turn.Release();
        }

        if (!IsBusy) await _store.ClearCheckpointAsync();
    }

    /// <summary>Stops what is open so that it can go on elsewhere.</summary>
    public async Task SuspendAsync(CancellationToken cancellationToken)
    {
        if (_run is { } run)
        {
            await run.Stop.CancelAsync();
            await run.Completion.WaitAsync(cancellationToken);
        }

        if (_stream is { } stream)
        {
            await stream.Turn.WaitAsync(cancellationToken);
            try
            {
                if (_stream == stream && stream.Trained > stream.Durable) await SaveAsync(stream);
            }
            finally
            {
                stream.Turn.Release();
            }
        }
    }

    /// <summary>Where the task stands.</summary>
    public TrainingProgress Progress()
    {
        if (_run is { } run) return run.Progress(_index);
        if (_stream is { } stream)
            return new TrainingProgress { Task = _index, State = TrainingState.Training, Batches = stream.Recipe.Batches, BatchesDone = stream.Trained, Loss = stream.Loss };
        if (_failure is { } failure) return new TrainingProgress { Task = _index, State = TrainingState.Failed, Error = failure };
        return new TrainingProgress
        {
            Task = _index,
            State = _store.IsTrained ? TrainingState.Trained : TrainingState.Untrained,
            Summary = _store.IsTrained ? _store.Summary : null,
        };
    }

    public void Dispose()
    {
        _run?.Dispose();
        _stream?.Dispose();
    }

    private StreamPosition Completed()
    {
        int batches = _store.Summary!.Order.Recipe().Batches;
        return new StreamPosition { Trained = batches, Durable = batches, Summary = _store.Summary };
    }

    private static void Check(LabelledBatch batch, ModelNetwork network)
    {
        network.Check(batch.Inputs);
        if (batch.Labels.Length != batch.Inputs.Rows)
            throw new SupSupException(SupSupError.InvalidRequest, $"{batch.Labels.Length} labels do not fit {batch.Inputs.Rows} rows; send one label per row");
        foreach (int label in batch.Labels)
            if ((uint)label >= (uint)network.Spec.Classes)
                throw new SupSupException(SupSupError.InvalidRequest, $"label {label} is not one of the model's {network.Spec.Classes} classes, 0 to {network.Spec.Classes - 1}");
    }

    // The order is stored when the stream opens, so that a restarted silo knows it.
    private async Task OpenAsync(TrainingOrder order, ModelNetwork network, Recipe recipe)
    {
        if (_stream is not null) return;
        BatchStream stream = _stream = new BatchStream(order, network, recipe, _index, _store.Checkpoint.Unpack());
        if (_store.Checkpoint.Order is not null) return;
        try
        {
            await _store.SaveAsync(new CheckpointState { Order = order });
        }
        catch
        {
            _stream = null;
            stream.Dispose();
            throw;
        }
    }

    private async Task SaveAsync(BatchStream stream)
    {
        CheckpointState state = CheckpointState.Of(stream.Order, stream.Capture());
        await _store.SaveAsync(state);
        stream.Durable = state.BatchesDone;
    }

    // Ends by setting _run to null, whatever happened.
    private async Task RunAsync(TrainingRun run, ModelNetwork network, Recipe recipe, ICoordinatorGrain coordinator)
    {
        try
        {
            TrainedMask trained = await TrainAsync(run, network, recipe);
            run.Storing();
            await run.Checkpointing;
            TaskSummary summary = await _store.StoreAsync(_index, run.Order, network, trained, _time.GetUtcNow());
            await coordinator.RegisterTaskAsync(summary, CancellationToken.None);
            LogTrained(_name, trained.Duration.TotalSeconds, trained.Loss);
        }
        catch (OperationCanceledException) when (run.Stop.IsCancellationRequested)
        {
            await Task.WhenAny(run.Checkpointing);
            LogStopped(_name);
        }
#pragma warning disable CA1031 // Whoever watches the task gets the error; there is no caller to throw it to.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await Task.WhenAny(run.Checkpointing);
            LogFailed(e, _name);
            _failure = e as SupSupException
                ?? new SupSupException(e is ArgumentException ? SupSupError.InvalidRequest : SupSupError.Unavailable, $"task {_name} was not learned: {e.Message}", e);
        }
        finally
        {
            _run = null;
            run.Dispose();
            _keepAlive(TimeSpan.Zero);
        }
    }

    private async Task<TrainedMask> TrainAsync(TrainingRun run, ModelNetwork network, Recipe recipe)
    {
        ClassificationTask data = await _data.OpenAsync(run.Order.Data!);
        if (data.Classes > network.Spec.Classes)
            throw new SupSupException(SupSupError.InvalidRequest, $"the data have {data.Classes} classes, model {_name[.._name.LastIndexOf('/')]} has {network.Spec.Classes}");
        TaskScheduler turns = TaskScheduler.Current;
        TrainingCheckpoint? from = _store.Checkpoint.Unpack();
        long last = _time.GetTimestamp();
        void OnBatch(TrainingSession session, float loss)
        {
            run.Report(session.BatchesDone, loss);
            if (_time.GetElapsedTime(last).TotalSeconds < _options.CheckpointSeconds || !run.Checkpointing.IsCompleted || session.BatchesDone == recipe.Batches) return;
            last = _time.GetTimestamp();
            CheckpointState state = CheckpointState.Of(run.Order, session.Capture());
            run.Checkpointing = Task.Factory.StartNew(() => _store.SaveAsync(state), CancellationToken.None, TaskCreationOptions.None, turns).Unwrap();
        }

        return await _compute.RunAsync(
            () => TaskTrainer.Train(network.Network, network.Rule, recipe, data, _index, OnBatch, run.Stop.Token, from), run.Stop.Token);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Task {Task} trained in {Seconds:F1} s, loss {Loss:F4}")]
    private partial void LogTrained(string task, double seconds, double loss);

    [LoggerMessage(Level = LogLevel.Information, Message = "Training of task {Task} was stopped")]
    private partial void LogStopped(string task);

    [LoggerMessage(Level = LogLevel.Error, Message = "Training of task {Task} failed")]
    private partial void LogFailed(Exception exception, string task);
}
