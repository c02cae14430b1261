using System.Numerics;
using SupSup.Client;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;
using SupSup.Silo.Settings;

namespace SupSup.Grains.Tests.Tasks;

/// <summary>Learning on a silo that trains in groups, as one with a GPU does; here the device is the processor.</summary>
public sealed class GroupLearningTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Given_tasks_ordered_at_once_when_trained_as_a_group_then_each_is_acknowledged_with_nearly_the_mask_of_training_alone()
    {
        TaskSummary[] acknowledged;
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder, InGroupsOf(3)))
        {
            SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
            acknowledged = await Task.WhenAll(
                Enumerable.Range(0, 3).Select(task => model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop)));

            // A group's time is shared equally.
            Assert.Single(acknowledged.Select(task => task.TrainSeconds).Distinct());
            FixedNetwork network = new(NetworkPlan.Dense(784, [100], 50), 7);
            for (int task = 0; task < 3; task++)
            {
                TrainedMask alone = TaskTrainer.Train(
                    network, new ThresholdMaskRule(), Recipes.Get("fast") with { Batches = 60 },
                    new TrainingJob { Data = await RealData.TaskAsync(task), Index = task });
                TaskMask mask = MaskFile.Read(network, (await model.GetMaskAsync(task, Stop)).File, "m");
                int differing = alone.Mask.Bits.ToArray().Zip(mask.Bits.ToArray(), (a, b) => BitOperations.PopCount((uint)(a ^ b))).Sum();
                Assert.True(differing < network.Shape.ParameterCount / 500, $"{differing} bits of task {task} differ");
                Assert.Equal(alone.Loss, acknowledged[task].Loss, 0.01 * alone.Loss);
            }

            (InputBatch inputs, _) = await RealData.TestImagesAsync(1, 0, 64);
            Assert.True((await model.InferAsync(inputs, cancellationToken: Stop)).Count(answer => answer.Task == 1) > 60);
        }

        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            Assert.Equal(acknowledged, (await model.DescribeAsync(Stop)).Tasks.OrderBy(task => task.Task));
        }
    }

    [Fact]
    public async Task Given_a_group_under_way_when_one_task_is_cancelled_then_it_is_untrained_and_the_other_reports_on()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder, InGroupsOf(2));
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        TrainingOrder endless = RealData.Order(0, batches: 1_000_000);
        Task<TrainingProgress> first = LastAsync(model.TrainAsync(0, endless, Stop), async progress =>
        {
            if (progress.BatchesDone > 0) await model.CancelTrainingAsync(0, Stop);
        });
        TrainingProgress second = await LastAsync(
            model.TrainAsync(1, endless with { Data = endless.Data! with { Index = 1 } }, Stop), async progress =>
            {
                if (!first.IsCompleted || progress.IsFinal) return;
                Assert.Equal(TrainingState.Training, progress.State);
                Assert.True(progress.Loss > 0);
                await model.CancelTrainingAsync(1, Stop);
            });

        Assert.Equal(TrainingState.Cancelled, (await first).State);
        Assert.Equal(TrainingState.Cancelled, second.State);
        Assert.Empty((await model.DescribeAsync(Stop)).Tasks);
    }

    [Fact]
    public async Task Given_a_silo_that_stops_during_a_group_when_it_starts_again_then_its_tasks_go_on_from_their_checkpoints()
    {
        TrainingOrder[] orders = [RealData.Order(0, batches: 100_000), RealData.Order(1, batches: 100_000)];
        string[] files = [.. orders.Select((_, task) => _store.File("checkpoint", "task", $"m/{task}"))];
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder, InGroupsOf(2)))
        {
            SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
            await Task.WhenAll(orders.Select((order, task) => LastAsync(
                model.TrainAsync(task, order, Stop), progress => Task.CompletedTask, _ => files.All(File.Exists))));
        }

        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder, settings =>
        {
            InGroupsOf(2)(settings);
            settings.Compute.DeviceGatherMilliseconds = 0; // the checkpoints may be of different positions
        }))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            TrainingProgress[] begun = await Task.WhenAll(orders.Select((order, task) => LastAsync(
                model.TrainAsync(task, order, Stop),
                async progress =>
                {
                    if (progress.BatchesDone > 0) await model.CancelTrainingAsync(task, Stop);
                },
                progress => progress.BatchesDone > 0)));

            // The first report of a new training is of batch 10, and the first checkpoint comes later.
            Assert.All(begun, progress => Assert.True(progress.BatchesDone > 20, $"went on at {progress.BatchesDone}"));
        }
    }

    [Fact]
    public async Task Given_data_that_do_not_fit_the_model_when_trained_in_groups_then_the_order_fails_by_name()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder, InGroupsOf(2));
        SupSupModel narrow = await silo.Client.CreateAsync("narrow", RealData.Spec with { Inputs = 100 }, Stop);
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => narrow.LearnAsync(0, RealData.Order(0), cancellationToken: Stop), "784", "100");
    }

    // Only full groups start.
    private static Action<SiloSettings> InGroupsOf(int tasks) => settings =>
    {
        settings.Compute.TrainInGroups = true;
        settings.Compute.DeviceTasks = tasks;
        settings.Compute.DeviceGatherMilliseconds = 3_600_000;
        settings.Compute.CheckpointSeconds = 0.01;
    };

    private static async Task<TrainingProgress> LastAsync(
        IAsyncEnumerable<TrainingProgress> watched, Func<TrainingProgress, Task> onProgress, Func<TrainingProgress, bool>? until = null)
    {
        TrainingProgress? last = null;
        await foreach (TrainingProgress progress in watched)
        {
            last = progress;
            await onProgress(progress);
            if (until?.Invoke(progress) == true) break;
        }

        return last!;
    }
}
