using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;
using SupSup.Core.Masks;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Grains.Compute;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Placement;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Tasks;

/// <summary>
/// Trains for a task grain of another silo. Reentrant, since training takes long and may have to be suspended. Not kept
/// long: where a task is trained next is decided again.
/// </summary>
[GrainType("trainer"), Reentrant, GpuSilosFilter, RandomPlacement, CollectionAgeLimit(Minutes = 2)]
public sealed partial class TrainerGrain(
    IGrainContext context, NetworkCatalog networks, TaskDataLibrary data, ITaskTraining training, ILocalSiloDetails silo, TimeProvider time,
    TrainingMetrics metrics, ILogger<TrainerGrain> logger) : Grain, ITrainerGrain
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    private readonly (string Model, int Index) _task = GrainKeys.Split(context.GrainId.Key.ToString()!);
    private CancellationTokenSource? _underWay;
    private volatile bool _isSuspending;

    /// <inheritdoc/>
    public async IAsyncEnumerable<TrainingStep> TrainAsync(
        TrainingAssignment assignment, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // One whose task grain was lost may still be under way.
        if (_underWay is { } before) await before.CancelAsync();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        (_underWay, _isSuspending) = (stop, false);
        Channel<TrainingStep> steps = Channel.CreateUnbounded<TrainingStep>(new UnboundedChannelOptions { SingleReader = true });
        Task run = TrainAsync(assignment, steps.Writer, stop.Token);
        try
        {
            await foreach (TrainingStep step in steps.Reader.ReadAllAsync(stop.Token)) yield return step;
        }
        finally
        {
            // Whoever waited for it is gone, or has all there is.
            await stop.CancelAsync();
            await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (_underWay == stop) _underWay = null;
        }
    }

    /// <inheritdoc/>
    public Task SuspendAsync(CancellationToken cancellationToken)
    {
        _isSuspending = true;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        _underWay?.CancelAsync() ?? Task.CompletedTask;

    // Never throws: the steps end with the error.
    private async Task TrainAsync(TrainingAssignment assignment, ChannelWriter<TrainingStep> steps, CancellationToken stop)
    {
        try
        {
            ModelNetwork network = networks.Open(assignment.Spec);
            Recipe recipe = assignment.Order.Recipe();
            ClassificationTask examples = await data.OpenAsync(assignment.Order.Data!, assignment.Spec, _task.Model).WaitAsync(stop);
            TaskDetails details = examples.Details(assignment.Order);
            details.Check(network.Spec);
            TrainingCheckpoint? from = assignment.From is { } sent ? CheckpointState.Read(sent) : null;
            if (from is not null && !from.IsOf(details.DataChecksum!))
            {
                TrainingLog.DataChanged(logger, GrainKeys.Task(_task.Model, _task.Index), examples.Dataset.Name, from.Position);
                from = null;
            }

            using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
            long? reported = null;
            CheckpointCadence cadence = new(time, assignment.CheckpointSeconds, recipe.MostBatches);
            int counted = from?.Position ?? 0;
            string? caller = UsageMetrics.Caller;
            void OnBatches(int done, float loss, Func<TrainingCheckpoint> capture)
            {
                metrics.Trained(_task.Model, TrainingKind.Made, done - counted, caller);
                counted = done;
                bool isSuspending = _isSuspending;
                bool isDue = cadence.IsDue(done, isSuspending);
                if (!isDue && reported is { } last && time.GetElapsedTime(last) < ReportInterval) return;
                reported = time.GetTimestamp();
                steps.TryWrite(new TrainingStep
                {
                    Silo = silo.Name,
                    BatchesDone = done,
                    Loss = loss,
                    Checkpoint = isDue ? CheckpointState.Snapshot(capture() with { DataChecksum = details.DataChecksum }) : null,
                });
                if (isSuspending && isDue) _ = ending.CancelAsync();
            }

            TrainedMask trained = await training.TrainAsync(
                network,
                recipe,
                new TrainingJob
                {
                    Data = examples,
                    Index = _task.Index,
                    From = from,
                    OnBatches = OnBatches,
                    Stop = ending.Token
                });
            steps.TryWrite(new TrainingStep
            {
                Silo = silo.Name,
                BatchesDone = recipe.MostBatches,
                Loss = trained.Loss,
                Mask = MaskFile.Write(network.Network, trained.Mask),
                Seconds = trained.Duration.TotalSeconds,
                Details = details,
                UsualEvidence = trained.UsualEvidence?.Mean,
                EvidenceSpread = WireEvidence.ToWire(trained.UsualEvidence),
            });
            steps.TryComplete();
        }
        catch (OperationCanceledException) when (_isSuspending)
        {
            steps.TryComplete();
        }
#pragma warning disable CA1031 // Whoever reads the steps gets the error.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!stop.IsCancellationRequested) LogFailed(e, GrainKeys.Task(_task.Model, _task.Index));
            steps.TryComplete(e is ArgumentException ? new SupSupException(SupSupError.InvalidRequest, e.Message) : e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Training of task {Task} for another silo failed")]
    private partial void LogFailed(Exception exception, string task);
}
