using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using SupSup.Core.Masks;
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
/// turns; the training itself runs on the silo's compute threads.
/// </summary>
internal sealed partial class TaskLearning : IDisposable
{
    private static readonly TimeSpan LongestTraining = TimeSpan.FromDays(1);

    private readonly TaskStore _store;
    private readonly TaskDataLibrary _data;
    private readonly ITaskTraining _training;
    private readonly GpuTraining _gpus;
    private readonly StepCompute _steps;
    private readonly ComputeOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<TaskGrain> _logger;
    private readonly Action<TimeSpan> _keepAlive;
    private readonly string _name;
    private readonly int _index;

    // Opening and closing wait for one another; training and submitting do not wait for them.
    private readonly SemaphoreSlim _lifecycle = new(1);
    private TrainingRun? _run;
    private BatchStream? _stream;
    private SupSupException? _failure;
    private bool _isCancelled;

    public TaskLearning(
        string model, int index, TaskStore store, TaskDataLibrary data, ITaskTraining training, GpuTraining gpus, StepCompute steps, IOptions<ComputeOptions> options, TimeProvider time, ILogger<TaskGrain> logger, Action<TimeSpan> keepAlive)
    {
        _name = GrainKeys.Task(model, index);
        _index = index;
        _store = store;
        _data = data;
        _training = training;
        _gpus = gpus;
        _steps = steps;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _keepAlive = keepAlive;
    }

    /// <summary>Whether something is being trained.</summary>
    public bool IsBusy => _run is not null || _stream is not null;

    /// <summary>Ends when the run has ended; never, when there is none.</summary>
    public Task RunCompletion => _run?.Completion ?? Task.Delay(Timeout.Infinite);

    /// <summary>Reads what training must know.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public Task OpenAsync() => _store.OpenForTrainingAsync();

    /// <summary>Starts, or goes on.</summary>
    public async Task StartAsync(TrainingOrder order, ModelNetwork network, ICoordinatorGrain coordinator, CancellationToken cancellationToken)
    {
        Recipe recipe = order.Recipe();
        if (order is { Data: null, RequireGpu: true })
            throw new SupSupException(SupSupError.InvalidRequest, "submitted batches are not trained on a GPU; order without RequireGpu, or name data that a silo can make");
        await CheckAsync(coordinator, cancellationToken);
        await _lifecycle.WaitAsync(cancellationToken);
        try
        {
            await OpenAsync();
            TrainingOrder? present = _store.Summary?.Order ?? _run?.Order ?? _stream?.Order ?? _store.Checkpoint.Order;
            if (present is not null && !present.Means(order))
                throw new SupSupException(SupSupError.Conflict, $"task {_name} has another order already ({present}); a mask never changes, so choose another task index or another model, or cancel the training if it is under way");
            (_failure, _isCancelled) = (null, false);
            if (_store.IsTrained)
            {
                await AcknowledgeAsync(coordinator);
            }
            else if (order.Data is null)
            {
                await OpenAsync(order, network, recipe);
            }
            else if (_run is null)
            {
                _run = new TrainingRun(order, recipe.Batches);
                _keepAlive(LongestTraining);
                _run.Completion = RunAsync(_run, network, recipe, coordinator);
            }
        }
        finally
        {
            _lifecycle.Release();
        }
    }

    /// <summary>Trains on a submitted batch; see <see cref="ITaskGrain.SubmitAsync"/>.</summary>
    public async Task<StreamPosition> SubmitAsync(int number, LabelledBatch batch, ModelNetwork network, ICoordinatorGrain coordinator, CancellationToken cancellationToken)
    {
        if (await StreamAsync(network, cancellationToken) is not { } stream) return await CompletedAsync(coordinator);
        network.Check(batch, _options.StreamBatchRows);
        if (!Admits(stream, number)) return stream.Position;
        stream.Waiting++;
        try
        {
            if (number > stream.Trained && !await stream.ReachAsync(number, TimeSpan.FromSeconds(_options.StreamGapSeconds), _time, cancellationToken) && _stream == stream) return stream.Position;
            await stream.Turn.WaitAsync(cancellationToken);
        }
        finally
        {
            stream.Waiting--;
        }

        try
        {
            if (_stream != stream) return await ClosedAsync(stream, coordinator);

            // A step is as short as an inference pass; it must not queue behind whole trainings.
            if (number == stream.Trained && !stream.IsComplete) await StepAsync(stream, batch);
            return await SettleAsync(stream, _options.CheckpointBatches, network, coordinator);
        }
        finally
        {
            stream.Turn.Release();
        }
    }

    /// <summary>Makes what was trained durable; see <see cref="ITaskGrain.FlushAsync"/> and <see cref="ITaskGrain.FinishAsync"/>.</summary>
    public async Task<StreamPosition> FlushAsync(bool finish, ModelNetwork network, ICoordinatorGrain coordinator, CancellationToken cancellationToken)
    {
        if (await StreamAsync(network, cancellationToken) is not { } stream) return await CompletedAsync(coordinator);
        await stream.Turn.WaitAsync(cancellationToken);
        try
        {
            if (_stream != stream) return await ClosedAsync(stream, coordinator);
            if (finish && stream.Trained == 0) throw new SupSupException(SupSupError.InvalidRequest, $"task {_name} has trained no batch yet; submit some, or cancel its training");
            return await SettleAsync(stream, 1, network, coordinator, finish);
        }
        finally
        {
            stream.Turn.Release();
        }
    }

    /// <summary>The mask of the open stream as it stands; null where the task is trained.</summary>
    /// <exception cref="SupSupException">NotFound: no stream is open. Damaged or Unavailable.</exception>
    public async Task<PackedMask?> SoFarAsync(ModelNetwork network, CancellationToken cancellationToken)
    {
        while (await StreamAsync(network, cancellationToken) is { } stream)
        {
            await stream.Turn.WaitAsync(cancellationToken);
            try
            {
                if (_stream == stream) return await _steps.RunAsync(stream.Mask, cancellationToken);
            }
            finally
            {
                stream.Turn.Release();
            }
        }

        return null;
    }

    /// <summary>Takes over a mask that was trained elsewhere; see <see cref="ITaskGrain.ImportAsync"/>.</summary>
    public async Task<TaskSummary> ImportAsync(byte[] file, ModelNetwork network, ICoordinatorGrain coordinator, CancellationToken cancellationToken)
    {
        PackedMask mask = network.Read(new PackedMaskBlob { Task = _index, Version = 1, File = file }, _name);
        await CheckAsync(coordinator, cancellationToken);
        await _lifecycle.WaitAsync(cancellationToken);
        try
        {
            await OpenAsync();
            if (IsBusy || _store.Checkpoint.Order is not null)
                throw new SupSupException(SupSupError.Conflict, $"task {_name} is being trained; cancel that first, or import the mask under another index");
            if (_store.IsTrained && _store.Summary!.Checksum != PackedMaskFile.Checksum(file))
                throw new SupSupException(SupSupError.Conflict, $"task {_name} has another mask; a mask never changes, so import this one under another index");
            if (!_store.IsTrained)
                await _store.StoreAsync(_index, new TrainingOrder { Data = null, Recipe = TrainingOrder.Imported }, network, new TrainedMask(mask, 0, TimeSpan.Zero), _time.GetUtcNow());
            await AcknowledgeAsync(coordinator);
            return _store.Summary!;
        }
        finally
        {
            _lifecycle.Release();
        }
    }

    /// <summary>Stops what is open and forgets how far it came. What is already being stored is stored.</summary>
    public async Task CancelAsync(CancellationToken cancellationToken)
    {
        await _lifecycle.WaitAsync(cancellationToken);
        try
        {
            _isCancelled = true;
            await StopRunAsync(cancellationToken);
            await CloseStreamAsync(keep: false, cancellationToken);
            _failure = null;
            await OpenAsync();
            if (!IsBusy) await _store.ClearCheckpointAsync();
        }
        finally
        {
            _lifecycle.Release();
        }
    }

    /// <summary>Stops what is open and deletes what is stored; see <see cref="ITaskGrain.DeleteAsync"/>.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        await _lifecycle.WaitAsync(cancellationToken);
        try
        {
            await StopRunAsync(cancellationToken);
            await CloseStreamAsync(keep: false, cancellationToken);
            await _store.DeleteAsync();
            (_failure, _isCancelled) = (null, false);
        }
        finally
        {
            _lifecycle.Release();
        }
    }

    /// <summary>Stops what is open so that it can go on elsewhere.</summary>
    public async Task SuspendAsync(CancellationToken cancellationToken)
    {
        await SuspendRunAsync(cancellationToken);
        await CloseStreamAsync(keep: true, cancellationToken);
    }

    /// <summary>The losses of what is being trained.</summary>
    public LossCurve? Curve => _run?.Curve ?? _stream?.Curve;

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
            State = _store.IsTrained ? TrainingState.Trained : _isCancelled ? TrainingState.Cancelled : TrainingState.Untrained,
            Summary = _store.IsTrained ? _store.Summary : null,
        };
    }

    public void Dispose()
    {
        _run?.Dispose();
        _lifecycle.Dispose();

        // A stream whose turn is taken is being trained on; its memory is then left to the finalizers.
        if (_stream is { } stream && stream.Turn.Wait(0)) stream.Dispose();
    }

    // Also deletes what a crash left of a removed task.
    private async Task CheckAsync(ICoordinatorGrain coordinator, CancellationToken cancellationToken)
    {
        if (!await coordinator.IsRemovedAsync(_index, cancellationToken)) return;
        await DeleteAsync(cancellationToken);
        throw new SupSupException(SupSupError.NotFound, $"task {_name} was removed, and its index is not used again; allocate another");
    }

    private async Task StopRunAsync(CancellationToken cancellationToken)
    {
        if (_run is not { } run) return;
        await run.Stop.CancelAsync();
        await run.Completion.WaitAsync(cancellationToken);
    }

    // Where it stands is stored first, unless there is no time for that.
    private async Task SuspendRunAsync(CancellationToken cancellationToken)
    {
        if (_run is not { } run) return;
        if (!run.IsQueued)
        {
            await run.SuspendAsync();
            await run.Completion.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        await StopRunAsync(cancellationToken);
    }

    private async Task CloseStreamAsync(bool keep, CancellationToken cancellationToken)
    {
        if (_stream is not { } stream) return;
        await stream.Turn.WaitAsync(cancellationToken);
        try
        {
            if (_stream != stream) return;
            if (keep && stream.Trained > stream.Durable) await SaveAsync(stream);
            _stream = null;
            stream.Close(suspended: keep);
        }
        finally
        {
            stream.Turn.Release();
        }
    }

    /// <summary>Enters the trained task in the directory. A crash may have come between the mask and what follows it: repeating that is harmless.</summary>
    /// <exception cref="SupSupException">Conflict: the directory knows another mask. Damaged or Unavailable.</exception>
    public async Task AcknowledgeAsync(ICoordinatorGrain coordinator)
    {
        await coordinator.RegisterTaskAsync(_store.Summary!, CancellationToken.None);
        await _store.ClearCheckpointAsync();
    }

    private async Task<StreamPosition> CompletedAsync(ICoordinatorGrain coordinator)
    {
        await AcknowledgeAsync(coordinator);
        int batches = _store.Summary!.Order.Recipe == TrainingOrder.Imported ? 0 : _store.Summary.Order.Recipe().Batches;
        return new StreamPosition { Trained = batches, Durable = batches, Summary = _store.Summary };
    }

    // The open stream; null where the task is trained.
    private async Task<BatchStream?> StreamAsync(ModelNetwork network, CancellationToken cancellationToken)
    {
        if (_stream is null) await ReopenAsync(network, cancellationToken);
        if (_store.IsTrained) return null;
        return _stream ?? throw new SupSupException(SupSupError.NotFound, $"task {_name} takes no batches; order its training without data first");
    }

    // What is behind or far ahead is answered at once, and so is what comes when as many as may wait do; the one that is
    // wanted has a place of its own, so that those ahead of it cannot keep it out. Where storing failed, any number tries again.
    private bool Admits(BatchStream stream, int number)
    {
        if (number < stream.Trained && !stream.IsComplete && stream.Trained - stream.Durable < _options.CheckpointBatches) return false;
        return number - stream.Trained < _options.StreamWindow && stream.Waiting < _options.StreamWindow + (number == stream.Trained ? 1 : 0);
    }

    private async Task<StreamPosition> ClosedAsync(BatchStream stream, ICoordinatorGrain coordinator)
    {
        if (_store.IsTrained) return await CompletedAsync(coordinator);
        return stream.Suspended ? stream.Position : throw new SupSupException(SupSupError.NotFound, $"the stream of task {_name} was closed; order its training again");
    }

    // Stores what is due: the mask when all is trained or shall be, else a checkpoint when so many batches are not durable, or later.
    private async Task<StreamPosition> SettleAsync(BatchStream stream, int due, ModelNetwork network, ICoordinatorGrain coordinator, bool finish = false)
    {
        if (stream.Trained > stream.Durable && stream.Saving is null) _ = SaveLaterAsync(stream, stream.Saving = new CancellationTokenSource());
        if (stream.IsComplete || finish)
        {
            await _store.StoreAsync(_index, stream.Order, network, stream.Finish(), _time.GetUtcNow());
            _stream = null;
            stream.Close(suspended: false);
            return await CompletedAsync(coordinator);
        }

        if (stream.Trained - stream.Durable >= due) await SaveAsync(stream);
        return stream.Position;
    }

    // A client that pauses finds what it sent durable. Never throws.
    private async Task SaveLaterAsync(BatchStream stream, CancellationTokenSource saving)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(_options.CheckpointSeconds), _time, saving.Token);
                await stream.Turn.WaitAsync(saving.Token);
                try
                {
                    if (_stream == stream && stream.Saving == saving) await SaveAsync(stream);
                    return;
                }
                catch (SupSupException e)
                {
                    LogCheckpointFailed(e, _name); // tried again later
                }
                finally
                {
                    stream.Turn.Release();
                }
            }
        }
        catch (OperationCanceledException) when (saving.IsCancellationRequested)
        {
        }
        catch (InconsistentStateException e)
        {
            LogCheckpointFailed(e, _name); // another activation writes: Orleans ends this one
        }
        finally
        {
            if (stream.Saving == saving) stream.Saving = null;
            saving.Dispose();
        }
    }

    private async Task StepAsync(BatchStream stream, LabelledBatch batch)
    {
        try
        {
            await _steps.RunAsync(() => stream.Step(batch, _time), CancellationToken.None);
            stream.Advance();
        }
        catch (ArgumentException e)
        {
            throw new SupSupException(SupSupError.InvalidRequest, $"task {_name}: {e.Message}");
        }
    }

    // After a restart of the silo the order is in the checkpoint, and the stream goes on without being opened again.
    private async Task ReopenAsync(ModelNetwork network, CancellationToken cancellationToken)
    {
        await _lifecycle.WaitAsync(cancellationToken);
        try
        {
            await OpenAsync();
            if (!_store.IsTrained && _store.Checkpoint.Order is { Data: null } order) await OpenAsync(order, network, order.Recipe());
        }
        finally
        {
            _lifecycle.Release();
        }
    }

    // The order is stored before the stream takes batches, so that a restarted silo knows it.
    private async Task OpenAsync(TrainingOrder order, ModelNetwork network, Recipe recipe)
    {
        if (_stream is not null) return;
        if (_store.Checkpoint.Order is null) await _store.SaveAsync(new CheckpointState { Order = order });
        _stream = new BatchStream(order, network, recipe, _index, _store.Checkpoint.Unpack());
    }

    private async Task SaveAsync(BatchStream stream)
    {
        CheckpointState state = CheckpointState.Of(stream.Order, stream.Capture());
        await _store.SaveAsync(state);
        stream.Durable = state.BatchesDone;
        stream.Saving?.Cancel();
        stream.Saving = null;
    }

    // Ends by setting _run to null, whatever happened.
    private async Task RunAsync(TrainingRun run, ModelNetwork network, Recipe recipe, ICoordinatorGrain coordinator)
    {
        try
        {
            TrainedMask trained = await TrainAsync(run, network, recipe);
            run.Storing();
            await CheckpointedAsync(run);
            await _store.StoreAsync(_index, run.Order, network, trained, _time.GetUtcNow());
            await AcknowledgeAsync(coordinator);
            LogTrained(_name, trained.Duration.TotalSeconds, trained.Loss);
        }
        catch (OperationCanceledException) when (run.Stop.IsCancellationRequested)
        {
            await CheckpointedAsync(run);
            LogStopped(_name);
        }
#pragma warning disable CA1031 // Whoever watches the task gets the error; there is no caller to throw it to.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await CheckpointedAsync(run);
            LogFailed(e, _name);
            SupSupError error = (e as SupSupException)?.Error ?? (e is ArgumentException ? SupSupError.InvalidRequest : SupSupError.Unavailable);
            _failure = new SupSupException(error, $"task {_name} was not learned: {e.Message}");
        }
        finally
        {
            _run = null;
            run.Dispose();
            _keepAlive(TimeSpan.Zero);
        }
    }

    // A checkpoint that could not be stored costs only its use; what matters is the mask.
    private async Task CheckpointedAsync(TrainingRun run)
    {
        await Task.WhenAny(run.Checkpointing);
        if (run.Checkpointing.Exception is { } failure) LogCheckpointFailed(failure, _name);
    }

    private async Task SaveAfterAsync(Task before, CheckpointState state)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await _store.SaveAsync(state);
    }

    private async Task<TrainedMask> TrainAsync(TrainingRun run, ModelNetwork network, Recipe recipe)
    {
        TaskScheduler turns = TaskScheduler.Current;
        TrainingCheckpoint? from = _store.Checkpoint.Unpack();
        void Save(TrainingCheckpoint checkpoint)
        {
            from = checkpoint;
            CheckpointState state = CheckpointState.Of(run.Order, checkpoint);
            Task before = run.Checkpointing;
            run.Checkpointing = Task.Factory.StartNew(() => SaveAfterAsync(before, state), CancellationToken.None, TaskCreationOptions.None, turns).Unwrap();
        }

        if (await _gpus.TrainAsync(_name, run, network, from, Save) is { } trained) return trained;
        ClassificationTask data = await _data.OpenAsync(run.Order.Data!, network.Spec, _name[.._name.LastIndexOf('/')]).WaitAsync(run.Stop.Token);
        long? last = null;
        void OnBatches(int done, float loss, Func<TrainingCheckpoint> capture)
        {
            run.Report(done, loss, _gpus.Here);
            last ??= _time.GetTimestamp(); // waiting for its turn is not training
            bool isSuspending = run.Suspending.IsCancellationRequested;
            if ((!isSuspending && _time.GetElapsedTime(last.Value).TotalSeconds < _options.CheckpointSeconds) || !run.Checkpointing.IsCompleted || done == recipe.Batches) return;
            last = _time.GetTimestamp();
            Save(capture());
            if (isSuspending) _ = run.Stop.CancelAsync();
        }

        return await _training.TrainAsync(
            network, recipe, new TrainingJob { Data = data, Index = _index, From = from, OnBatches = OnBatches, Stop = run.Stop.Token });
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Task {Task} trained in {Seconds:F1} s, loss {Loss:F4}")]
    private partial void LogTrained(string task, double seconds, double loss);

    [LoggerMessage(Level = LogLevel.Information, Message = "Training of task {Task} was stopped")]
    private partial void LogStopped(string task);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A checkpoint of task {Task} could not be stored; training goes on")]
    private partial void LogCheckpointFailed(Exception exception, string task);

    [LoggerMessage(Level = LogLevel.Error, Message = "Training of task {Task} failed")]
    private partial void LogFailed(Exception exception, string task);
}
