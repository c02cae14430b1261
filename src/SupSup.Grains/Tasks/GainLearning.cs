using System.Diagnostics;
using SupSup.Core.Random;
using SupSup.Core.Reservoirs;
using SupSup.Core.Tasks;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Tasks;

/// <summary>
/// How a task of a model with a reservoir comes to its mask of gains. It is trained within seconds, so there are no checkpoints: what is
/// interrupted is trained again, to the same mask, and a mask that the reservoir has already is not stored twice. Used in grain turns.
/// </summary>
/// <param name="model">The model's name.</param>
/// <param name="index">Task index.</param>
/// <param name="store">The task's records.</param>
/// <param name="services">What the trainings of a silo share.</param>
/// <param name="reservoir">The model's reservoir.</param>
internal sealed class GainLearning(string model, int index, TaskStore store, TrainingServices services, IReservoirGrain reservoir)
{
    /// <summary>Refuses orders that cannot be trained so.</summary>
    /// <exception cref="SupSupException">InvalidRequest.</exception>
    public static void Check(TrainingOrder order, string model)
    {
        string? problem = order switch
        {
            { Data: null } => "it learns from data that the silo makes, not from submitted batches; name data",
            { RequireGpu: true } => "its masks are trained on the processor; order without RequireGpu",
            { Recipe: not TrainingOrder.Gains } => $"its tasks are trained by recipe '{TrainingOrder.Gains}'; leave the recipe out",
            _ => null,
        };
        if (problem is not null)
            throw new SupSupException(SupSupError.InvalidRequest, $"model '{model}' keeps its masks in a reservoir: {problem}");
        SupSupException.Checked(() => Recipe(order));
    }

    /// <summary>Checks that the mask can be stored.</summary>
    /// <exception cref="SupSupException">Conflict: the reservoir is full.</exception>
    public Task CheckRoomAsync(CancellationToken cancellationToken) => reservoir.CheckRoomAsync(index, cancellationToken);

    /// <summary>Learns the task and makes it durable.</summary>
    /// <returns>How long the training took, and its loss.</returns>
    public async Task<(TimeSpan Duration, double Loss)> LearnAsync(TrainingRun run, ModelNetwork network)
    {
        ClassificationTask data = await services.Data.OpenAsync(run.Order.Data!, network.Spec, model).WaitAsync(run.Stop.Token);
        TaskDetails details = data.Details(run.Order);
        details.Check(network.Spec);
        GainRecipe recipe = Recipe(run.Order).For(data.TrainCount);
        run.Batches = recipe.Batches!.Value;
        (GainMask mask, double loss, TimeSpan duration) =
            await services.Threads.RunAsync(() => Train(run, network, data, recipe), run.Stop.Token);
        run.Storing();
        GainMaskBlob blob = new() { Task = index, Mask = mask.Pack(), Classes = details.Classes ?? network.Spec.Classes };
        await StoreAsync(blob);
        await store.StoreAsync(
            new TaskSummary
            {
                Task = index,
                Version = 1,
                Order = run.Order,
                Bytes = 0,
                Checksum = mask.Fingerprint(),
                Loss = loss,
                TrainSeconds = duration.TotalSeconds,
                TrainedAt = services.Time.GetUtcNow(),
                Normalization = details.Normalization,
                Classes = details.Classes,
                Names = details.Names,
                DataChecksum = details.DataChecksum,
            },
            run.Curve);
        return (duration, loss);
    }

    private static GainRecipe Recipe(TrainingOrder order)
    {
        GainRecipe recipe = new();
        return (recipe with { Batches = order.Batches, BatchSize = order.BatchSize ?? recipe.BatchSize }).Validated();
    }

    private (GainMask Mask, double Loss, TimeSpan Duration) Train(
        TrainingRun run, ModelNetwork network, ClassificationTask data, GainRecipe recipe)
    {
        long start = Stopwatch.GetTimestamp();
        int done = 0;
        void OnBatch(double share, float loss)
        {
            services.Metrics.Trained(model, TrainingKind.Made, 1, run.Caller);
            run.Report(++done, loss, services.Gpus.Here);
            if (run.Suspending.IsCancellationRequested) run.Stop.Cancel();
        }

        (GainMask mask, double loss) = GainTraining.Train(
            network.Gains, data, recipe, TaskSeed.Derive(network.Spec.Seed, index), OnBatch, run.Stop.Token);
        return (mask, loss, Stopwatch.GetElapsedTime(start));
    }

    // Where the answer is lost the mask may be stored: then it is not stored again.
    private async Task StoreAsync(GainMaskBlob mask)
    {
        async Task<bool> OnceAsync()
        {
            await reservoir.StoreAsync(mask, CancellationToken.None);
            return true;
        }

        await LostAnswers.RepeatAsync($"the reservoir of model '{model}'", OnceAsync, services.Time, CancellationToken.None);
    }
}
