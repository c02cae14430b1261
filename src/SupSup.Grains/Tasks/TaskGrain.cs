using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using SupSup.Core.Inference;
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
/// One task. Reentrant, since training takes long and its progress, predictions and cancellation must get in between;
/// whether a run is under way is decided without an await in between.
/// </summary>
[GrainType("task"), Reentrant]
public sealed partial class TaskGrain : Grain, ITaskGrain, IDisposable
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestTraining = TimeSpan.FromDays(1);

    private readonly IPersistentState<TaskState> _task;
    private readonly IPersistentState<MaskState> _mask;
    private readonly NetworkCatalog _networks;
    private readonly TaskDataLibrary _data;
    private readonly TrainingCompute _training;
    private readonly InferenceCompute _inference;
    private readonly TimeProvider _time;
    private readonly ILogger<TaskGrain> _logger;
    private readonly string _model;
    private readonly int _index;
    private ModelNetwork? _network;
    private TrainingRun? _run;
    private SupSupException? _failure;

    /// <summary>Created by Orleans.</summary>
    public TaskGrain(
        IGrainContext context,
        [PersistentState(StorageNames.Task, StorageNames.Provider)] IPersistentState<TaskState> task,
        [PersistentState(StorageNames.Mask, StorageNames.Provider)] IPersistentState<MaskState> mask,
        NetworkCatalog networks,
        TaskDataLibrary data,
        TrainingCompute training,
        InferenceCompute inference,
        TimeProvider time,
        ILogger<TaskGrain> logger)
    {
        _task = task;
        _mask = mask;
        _networks = networks;
        _data = data;
        _training = training;
        _inference = inference;
        _time = time;
        _logger = logger;
        (_model, _index) = GrainKeys.Split(context.GrainId.Key.ToString()!);
    }

    private ICoordinatorGrain Coordinator => GrainFactory.GetGrain<ICoordinatorGrain>(_model);

    private string Name => $"{_model}/{_index}";

    /// <inheritdoc/>
    public async Task<TrainingProgress> TrainAsync(TrainingOrder order, CancellationToken cancellationToken)
    {
        Recipe recipe = order.Recipe();
        ModelNetwork network = await NetworkAsync(cancellationToken);
        if (_task.State.Summary is { } summary && _mask.State.Mask is not null)
        {
            if (summary.Order != order) throw OrderConflict(summary.Order);

            // A crash may have come between the mask and the directory: entering it again is harmless.
            await Coordinator.RegisterTaskAsync(summary, cancellationToken);
            return Progress();
        }

        if (_task.State.Summary is { } lost && lost.Order != order) throw OrderConflict(lost.Order);
        if (_run is not null && _run.Order != order) throw OrderConflict(_run.Order);
        if (_run is null)
        {
            _failure = null;
            _run = new TrainingRun(order, recipe.Batches);
            _run.Completion = RunAsync(_run, network, recipe);
        }

        return Progress();
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TrainingProgress> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            TrainingProgress progress = Progress();
            yield return progress;
            if (progress.IsFinal) yield break;
            await Task.WhenAny(_run?.Completion ?? Task.CompletedTask, Task.Delay(WatchInterval, _time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public async Task CancelTrainingAsync(CancellationToken cancellationToken)
    {
        if (_run is not { } run) return;
        await run.Stop.CancelAsync();
        await run.Completion.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<TaskSummary?> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult(_task.State.Summary);

    /// <inheritdoc/>
    public Task<PackedMaskBlob> GetMaskAsync(CancellationToken cancellationToken) => Task.FromResult(Trained());

    /// <inheritdoc/>
    public async Task<TaskPredictions> PredictAsync(InputBatch inputs, CancellationToken cancellationToken)
    {
        PackedMaskBlob blob = Trained();
        ModelNetwork network = await NetworkAsync(cancellationToken);
        network.Check(inputs);
        return await _inference.RunAsync(
            () =>
            {
                using EffectiveNetwork effective = EffectiveNetwork.Of(network.Network, network.Read(blob, Name));
                return Predict(network, effective, inputs.Values, inputs.Rows);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Evaluation> EvaluateAsync(TaskData? data, CancellationToken cancellationToken)
    {
        const int Chunk = 500;
        PackedMaskBlob blob = Trained();
        ModelNetwork network = await NetworkAsync(cancellationToken);
        ClassificationTask task = await _data.OpenAsync(data ?? _task.State.Summary!.Order.Data);
        if (task.Inputs != network.Spec.Inputs)
            throw new SupSupException(SupSupError.InvalidRequest, $"the data have {task.Inputs} inputs, model {_model} takes {network.Spec.Inputs}");
        int correct = await _inference.RunAsync(
            () =>
            {
                using EffectiveNetwork effective = EffectiveNetwork.Of(network.Network, network.Read(blob, Name));
                int right = 0;
                for (int start = 0; start < task.TestCount; start += Chunk)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    (float[] inputs, int[] labels) = task.Test(start, Math.Min(Chunk, task.TestCount - start));
                    int[] classes = Predict(network, effective, inputs, labels.Length).Classes;
                    right += labels.Where((label, row) => label == classes[row]).Count();
                }

                return right;
            },
            cancellationToken);
        return new Evaluation(correct, task.TestCount);
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        await CancelTrainingAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _run?.Dispose();

    private static TaskPredictions Predict(ModelNetwork network, EffectiveNetwork effective, float[] inputs, int rows)
    {
        TaskPredictions predictions = new() { Classes = new int[rows], Entropies = new double[rows] };
        MaskPrediction.Read(effective.Logits(inputs, rows), network.Spec.Outputs, network.Spec.Classes, predictions.Classes, predictions.Entropies);
        return predictions;
    }

    // Runs in grain turns except for the training itself. Ends by setting _run to null, whatever happened.
    private async Task RunAsync(TrainingRun run, ModelNetwork network, Recipe recipe)
    {
        DelayDeactivation(LongestTraining);
        try
        {
            TrainedMask trained = await TrainAsync(run, network, recipe);
            run.Storing();
            TaskSummary summary = await StoreAsync(run.Order, network, trained);
            await Coordinator.RegisterTaskAsync(summary, CancellationToken.None);
            LogTrained(Name, trained.Duration.TotalSeconds, trained.Loss);
        }
        catch (OperationCanceledException) when (run.Stop.IsCancellationRequested)
        {
            LogCancelled(Name);
        }
#pragma warning disable CA1031 // Whoever watches the task gets the error; there is no caller to throw it to.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(e, Name);
            _failure = e as SupSupException
                ?? new SupSupException(e is ArgumentException ? SupSupError.InvalidRequest : SupSupError.Unavailable, $"task {Name} was not learned: {e.Message}", e);
        }
        finally
        {
            _run = null;
            run.Dispose();
            DelayDeactivation(TimeSpan.Zero);
        }
    }

    private async Task<TrainedMask> TrainAsync(TrainingRun run, ModelNetwork network, Recipe recipe)
    {
        ClassificationTask data = await _data.OpenAsync(run.Order.Data);
        if (data.Classes > network.Spec.Classes)
            throw new SupSupException(SupSupError.InvalidRequest, $"the data have {data.Classes} classes, model {_model} has {network.Spec.Classes}");
        return await _training.RunAsync(
            () => TaskTrainer.Train(network.Network, network.Rule, recipe, data, _index, run.Report, run.Stop.Token), run.Stop.Token);
    }

    // The mask first, then the metadata that speak of it: a crash in between leaves an untrained task, which training
    // again makes the same, bit for bit.
    private async Task<TaskSummary> StoreAsync(TrainingOrder order, ModelNetwork network, TrainedMask trained)
    {
        byte[] file = PackedMaskFile.Write(network.Network, trained.Mask);
        TaskSummary summary = new()
        {
            Task = _index,
            Version = 1,
            Order = order,
            Bytes = file.Length,
            Checksum = PackedMaskFile.Checksum(file),
            Loss = trained.Loss,
            TrainSeconds = trained.Duration.TotalSeconds,
            TrainedAt = _time.GetUtcNow(),
        };
        _mask.State = new MaskState { Mask = new PackedMaskBlob { Task = _index, Version = summary.Version, File = file } };
        await WriteAsync(_mask);
        _task.State = new TaskState { Summary = summary };
        await WriteAsync(_task);
        return summary;
    }

    // What could not be stored must not be believed in memory either.
    private static async Task WriteAsync<T>(IPersistentState<T> state)
        where T : new()
    {
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            state.State = new T();
            throw;
        }
    }

    private PackedMaskBlob Trained()
    {
        if (_mask.State.Mask is { } mask && _task.State.Summary is not null) return mask;
        throw _task.State.Summary is { } summary
            ? new SupSupException(SupSupError.Damaged, $"the stored mask of task {Name} is missing; restore it from a backup, or order the task again ({summary.Order}) to make the same mask")
            : new SupSupException(SupSupError.NotFound, $"task {Name} is not trained; train it first");
    }

    private TrainingProgress Progress()
    {
        if (_run is { } run) return run.Progress(_index);
        if (_failure is { } failure) return new TrainingProgress { Task = _index, State = TrainingState.Failed, Error = failure };
        TaskSummary? summary = _mask.State.Mask is null ? null : _task.State.Summary;
        return new TrainingProgress { Task = _index, State = summary is null ? TrainingState.Untrained : TrainingState.Trained, Summary = summary };
    }

    private async Task<ModelNetwork> NetworkAsync(CancellationToken cancellationToken) =>
        _network ??= _networks.Open(await Coordinator.GetSpecAsync(cancellationToken));

    private SupSupException OrderConflict(TrainingOrder present) => new(
        SupSupError.Conflict, $"task {Name} has another order already ({present}); a mask never changes, so choose another task index");

    [LoggerMessage(Level = LogLevel.Information, Message = "Task {Task} trained in {Seconds:F1} s, loss {Loss:F4}")]
    private partial void LogTrained(string task, double seconds, double loss);

    [LoggerMessage(Level = LogLevel.Information, Message = "Training of task {Task} was cancelled")]
    private partial void LogCancelled(string task);

    [LoggerMessage(Level = LogLevel.Error, Message = "Training of task {Task} failed")]
    private partial void LogFailed(Exception exception, string task);
}
