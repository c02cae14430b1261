using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SupSup.Core.Training;
using SupSup.Grains.Compute;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Placement;

namespace SupSup.Grains.Tasks;

/// <summary>
/// One per silo: has tasks trained on silos with a GPU. A training whose silo dies goes on from its last checkpoint on
/// another.
/// </summary>
/// <param name="silos">Knows the silos with a GPU.</param>
/// <param name="here">This silo.</param>
/// <param name="grains">Reaches trainers.</param>
/// <param name="options">Whether this silo has a GPU, and how often checkpoints are made.</param>
/// <param name="time">Times the pauses.</param>
/// <param name="logger">Hears of silos that were lost.</param>
public sealed partial class GpuTraining(GpuSilos silos, ILocalSiloDetails here, IGrainFactory grains, IOptions<ComputeOptions> options,
    TimeProvider time, ILogger<GpuTraining> logger)
{
    // With the pauses between them, more than it takes to declare a silo dead.
    private const int Attempts = 6;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);

    /// <summary>Name of this silo.</summary>
    internal string Here => here.Name;

    /// <summary>Whether trainings go to another silo, which reads their data.</summary>
    internal bool GoesElsewhere => !options.Value.HasGpu && silos.Any();

    /// <summary>Trains a task on a silo with a GPU, unless this is one or there is none.</summary>
    /// <param name="task">The task, `model/index`.</param>
    /// <param name="run">Its run, which is told how it goes.</param>
    /// <param name="network">The model.</param>
    /// <param name="from">Where an earlier training stood, or null.</param>
    /// <param name="onCheckpoint">Given each checkpoint, in a turn of the grain that calls.</param>
    /// <returns>The mask; null where the training is to go on here, from the last checkpoint.</returns>
    /// <exception cref="SupSupException">Unavailable: a GPU is required and there is none. Others as the training's.</exception>
    internal async Task<TrainedMask?> TrainAsync(
        string task, TrainingRun run, ModelNetwork network, TrainingCheckpoint? from, Action<TrainingCheckpoint> onCheckpoint)
    {
        for (int failures = 0; GoesElsewhere && failures < Attempts; failures++)
        {
            if (failures > 0)
                await Task.Delay(TimeSpan.FromTicks(Math.Min(Pause.Ticks << (failures - 1), LongestPause.Ticks)), time, run.Stop.Token);
            ITrainerGrain trainer = grains.GetGrain<ITrainerGrain>(task);
            TrainingAssignment assignment = new()
            {
                Spec = network.Spec,
                Order = run.Order,
                From = from is null ? null : CheckpointState.Snapshot(from),
                CheckpointSeconds = options.Value.CheckpointSeconds,
            };
            try
            {
                using CancellationTokenRegistration suspension =
                    run.Suspending.Register(() => trainer.SuspendAsync(CancellationToken.None).Ignore());
                await foreach (TrainingStep step in trainer.TrainAsync(assignment, run.Stop.Token))
                {
                    run.Report(step.BatchesDone, (float)step.Loss, step.Silo);
                    if (step.Checkpoint is { } checkpoint)
                    {
                        failures = 0;
                        onCheckpoint(from = CheckpointState.Read(checkpoint));
                    }

                    run.Details = step.Details;
                    if (step.Mask is { } file)
                        return new TrainedMask(network.Read(new PackedMaskBlob { Task = 0, Version = 1, File = file }, task), step.Loss,
                            TimeSpan.FromSeconds(step.Seconds),
                            WireEvidence.ToProfile(step.UsualEvidence, step.EvidenceSpread));
                }
            }
            catch (Exception e) when (IsLoss(e) && !run.Stop.IsCancellationRequested)
            {
                LogLost(e, task, from is null ? 0 : from.BatchesBefore + from.BatchesDone);
            }

            if (run.Suspending.IsCancellationRequested) await run.Stop.CancelAsync();
            run.Stop.Token.ThrowIfCancellationRequested();
        }

        if (run.Order.RequireGpu && !options.Value.HasGpu)
            throw new SupSupException(SupSupError.Unavailable, silos.Any()
                ? $"training requires a GPU, but the silos that have one were lost {Attempts} times without a checkpoint; see their logs, "
                    + "and order again"
                : "training requires a GPU, but no silo of the cluster has one; start one with Compute:Device=cuda, or order "
                    + "without RequireGpu");
        return null;
    }

    // The silo died, leaves, or was the last with a GPU; not what the training itself says.
    private static bool IsLoss(Exception e) => e is OrleansException or EnumerationAbortedException or TimeoutException
        or OperationCanceledException or IOException or System.Net.Sockets.SocketException;

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "The silo that trained task {Task} was lost; training continues from batch {Batches}")]
    private partial void LogLost(Exception exception, string task, int batches);
}
