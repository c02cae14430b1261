using System.Diagnostics;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Tasks;

/// <summary>How a task comes to its mask by a run over data that the silo makes. Used in grain turns; the run itself is on the silo's
/// compute threads or on another silo.</summary>
/// <param name="name">The task, `model/index`.</param>
/// <param name="index">Its index.</param>
/// <param name="store">Its records.</param>
/// <param name="services">What the trainings of a silo share.</param>
/// <param name="keepAlive">Keeps the grain active for so long.</param>
internal sealed class OrderedTraining(string name, int index, TaskStore store, TrainingServices services, Action<TimeSpan> keepAlive)
    : IDisposable
{
    private static readonly TimeSpan LongestTraining = TimeSpan.FromDays(1);

    private readonly string _model = name[..name.LastIndexOf('/')];
    private TrainingRun? _run;

    /// <summary>The run under way, or null.</summary>
    public TrainingRun? Run => _run;

    /// <summary>Why the last run failed, if it did.</summary>
    public SupSupException? Failure { get; private set; }

    /// <summary>Starts a run, unless there is one.</summary>
    public void Start(TrainingOrder order, ModelNetwork network, Recipe recipe, ICoordinatorGrain coordinator) =>
        Start(order, run => LearnAsync(run, network, recipe), coordinator);

    /// <summary>Starts a run, unless there is one.</summary>
    /// <param name="order">What was ordered.</param>
    /// <param name="learn">Learns the task and makes it durable; gives the time it took and the loss.</param>
    /// <param name="coordinator">Who is told.</param>
    public void Start(TrainingOrder order, Func<TrainingRun, Task<(TimeSpan, double)>> learn, ICoordinatorGrain coordinator)
    {
        if (_run is not null) return;
        _run = new TrainingRun(order);
        keepAlive(LongestTraining);
        _run.Completion = RunAsync(_run, learn, coordinator);
    }

    /// <summary>Forgets how the last run ended.</summary>
    public void ForgetFailure() => Failure = null;

    /// <summary>Stops the run, if there is one, and waits until it has ended.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_run is not { } run) return;
        await run.Stop.CancelAsync();
        await run.Completion.WaitAsync(cancellationToken);
    }

    /// <summary>Stops the run, if there is one; where it stands is stored first, unless there is no time for that.</summary>
    public async Task SuspendAsync(CancellationToken cancellationToken)
    {
        if (_run is not { } run) return;
        if (!run.IsQueued)
        {
            await run.SuspendAsync();
            await run.Completion.WaitAsync(cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        await StopAsync(cancellationToken);
    }

    // Ends by setting _run to null, whatever happened.
    private async Task RunAsync(
        TrainingRun run, Func<TrainingRun, Task<(TimeSpan Duration, double Loss)>> learn, ICoordinatorGrain coordinator)
    {
        using Activity? activity = services.Telemetry.Activities.StartActivity(SupSupTelemetry.TrainingTask);
        activity?.SetTag("supsup.model", _model).SetTag("supsup.task", index);
        services.Metrics.Enter(run);
        string outcome = "failed";
        try
        {
            (TimeSpan duration, double loss) = await learn(run);
            await store.AcknowledgeAsync(coordinator);
            outcome = "trained";
            services.Metrics.Took(_model, TrainingKind.Made, duration);
            TrainingLog.Trained(services.Logger, name, duration.TotalSeconds, loss);
        }
        catch (OperationCanceledException) when (run.Stop.IsCancellationRequested)
        {
            outcome = run.Suspending.IsCancellationRequested ? "suspended" : "cancelled";
            await CheckpointedAsync(run);
            TrainingLog.Stopped(services.Logger, name);
        }
#pragma warning disable CA1031 // Whoever watches the task gets the error; there is no caller to throw it to.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await CheckpointedAsync(run);
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            TrainingLog.Failed(services.Logger, e, name);
            SupSupError error = (e as SupSupException)?.Error
                ?? (e is ArgumentException ? SupSupError.InvalidRequest : SupSupError.Unavailable);
            Failure = new SupSupException(error, $"task {name} was not learned: {e.Message}");
        }
        finally
        {
            activity?.SetTag("supsup.outcome", outcome);
            services.Metrics.Leave(run);
            services.Metrics.Ended(_model, TrainingKind.Made, outcome);
            _run = null;
            run.Dispose();
            keepAlive(TimeSpan.Zero);
        }
    }

    private async Task<(TimeSpan Duration, double Loss)> LearnAsync(TrainingRun run, ModelNetwork network, Recipe recipe)
    {
        run.Batches = recipe.MostBatches;
        TrainedMask trained = await TrainAsync(run, network, recipe);
        run.Storing();
        await CheckpointedAsync(run);
        await store.StoreAsync(index, run.Order, network, trained, services.Time.GetUtcNow(), run.Details ?? new(), run.Curve);
        return (trained.Duration, trained.Loss);
    }

    // A checkpoint that could not be stored costs only its use; what matters is the mask.
    private async Task CheckpointedAsync(TrainingRun run)
    {
        await Task.WhenAny(run.Checkpointing);
        if (run.Checkpointing.Exception is { } failure) TrainingLog.CheckpointFailed(services.Logger, failure, name);
    }

    private async Task SaveAfterAsync(Task before, CheckpointState state)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await store.SaveAsync(state);
    }

    private async Task<TrainedMask> TrainAsync(TrainingRun run, ModelNetwork network, Recipe recipe)
    {
        TaskScheduler turns = TaskScheduler.Current;
        TrainingCheckpoint? from = store.Checkpoint.Unpack();
        void Save(TrainingCheckpoint checkpoint)
        {
            from = checkpoint;
            CheckpointState state = CheckpointState.Of(run.Order, checkpoint);
            Task before = run.Checkpointing;
            run.Checkpointing = Task.Factory.StartNew(
                () => SaveAfterAsync(before, state), CancellationToken.None, TaskCreationOptions.None, turns).Unwrap();
        }

        if (await services.Gpus.TrainAsync(name, run, network, from, Save) is { } trained) return trained;
        ClassificationTask data = await services.Data.OpenAsync(run.Order.Data!, network.Spec, _model).WaitAsync(run.Stop.Token);
        run.Details = data.Details(run.Order);
        run.Details.Check(network.Spec);
        string checksum = run.Details.DataChecksum!;
        if (from is { } before && !before.IsOf(checksum))
        {
            TrainingLog.DataChanged(services.Logger, name, data.Dataset.Name, before.Position);
            from = null;
        }

        CheckpointCadence cadence = new(services.Time, services.Options.CheckpointSeconds, recipe.MostBatches);
        int counted = from?.Position ?? 0;
        void OnBatches(int done, float loss, Func<TrainingCheckpoint> capture)
        {
            services.Metrics.Trained(_model, TrainingKind.Made, done - counted, run.Caller);
            counted = done;
            run.Report(done, loss, services.Gpus.Here);
            bool isSuspending = run.Suspending.IsCancellationRequested;
            if (!run.Checkpointing.IsCompleted || !cadence.IsDue(done, isSuspending)) return;
            Save(capture() with { DataChecksum = checksum });
            if (isSuspending) _ = run.Stop.CancelAsync();
        }

        return await services.Training.TrainAsync(
            network, recipe, new TrainingJob { Data = data, Index = index, From = from, OnBatches = OnBatches, Stop = run.Stop.Token });
    }

    public void Dispose() => _run?.Dispose();
}
