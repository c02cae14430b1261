using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using SupSup.Client;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Coordinator;

/// <summary>A model that is deleted leaves nothing, in the store or in memory, that another of its name could meet.</summary>
public sealed class ModelDeletionTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Given_a_model_when_deleted_and_made_anew_then_it_answers_as_one_that_never_had_a_predecessor()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        await FillAsync(silo, "m", RealData.Spec, 0, 1, 2);
        await silo.Grains.TaskData("m", 7).PutPartAsync(0, [1, 2, 3], Stop);
        await silo.Grains.GetGrain<IStreamGrain>("m/s").OpenAsync(new StreamSpec(), Stop);
        Assert.NotEmpty(_store.Records("m"));
        await silo.Client.DeleteAsync("m", Stop);
        await silo.Client.DeleteAsync("m", Stop);
        await Expect.ErrorAsync(SupSupError.NotFound, () => silo.Client.OpenAsync("m", Stop), "'m'");
        InputBatch images = (await RealData.TestImagesAsync(5, 0, 40)).Inputs;
        await Expect.ErrorAsync(
            SupSupError.NotFound, () => silo.Grains.GetGrain<IInferenceGrain>("m").InferAsync(images, new(), Stop), "'m'");
        Assert.Equal(["model-coordinator/m.json"], _store.Records("m"));
        Assert.Empty(await silo.Client.ListModelsAsync(Stop));
        await Expect.ErrorAsync(SupSupError.NotFound, () => silo.Client.DeleteAsync("never", Stop), "'never'");

        // The same definition, with other tasks under the same indices; then another one.
        ModelSpec[] specs = [RealData.Spec, RealData.Spec with { Hidden = [64], Plan = null!, Seed = 8 }];
        for (int n = 0; n < specs.Length; n++)
        {
            SupSupModel fresh = await FillAsync(silo, $"fresh{n}", specs[n], 4, 5);
            SupSupModel again = await FillAsync(silo, "m", specs[n], 4, 5);
            Assert.Equal(2, await again.AllocateTaskAsync(Stop));
            foreach (InferenceOptions options in new[] { new InferenceOptions(), new InferenceOptions { Candidates = [1] } })
                Assert.Equal(Text(await fresh.InferAsync(images, options, Stop)), Text(await again.InferAsync(images, options, Stop)));
            Assert.Equal((await fresh.PredictAsync(1, images, Stop)).Entropies, (await again.PredictAsync(1, images, Stop)).Entropies);
            Assert.Contains("m", (await silo.Client.ListModelsAsync(Stop)).Select(entry => entry.Model));
            await Task.WhenAll(silo.Client.DeleteAsync("m", Stop), silo.Client.DeleteAsync("m", Stop));
        }

        // A model of another size: a replica that knew the one before takes its inputs.
        ModelSpec tiny = new() { Inputs = 4, Hidden = [8], Outputs = 10, Classes = 2, Seed = 1 };
        SupSupModel small = await silo.Client.CreateAsync("m", tiny, Stop);
        LabelledBatch batch = new() { Inputs = new InputBatch { Rows = 2, Values = [1, 0, 0, 0, 0, 0, 0, 1] }, Labels = [0, 1] };
        TrainingOrder order = new() { Data = null, Batches = 1 };
        await silo.Grains.Task("m", 0).TrainAsync(order, Stop);
        await silo.Grains.Task("m", 0).SubmitAsync(0, batch, Stop);
        await silo.Grains.Task("m", 0).FinishAsync(Stop);
        Assert.Equal(0, (await small.InferAsync(batch.Inputs, cancellationToken: Stop))[0].Task);
    }

    [Fact]
    public async Task Given_a_deletion_that_a_crash_interrupted_when_the_silo_starts_then_it_goes_on()
    {
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            await FillAsync(silo, "m", RealData.Spec, 0, 1);
        }

        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            IGrainStorage storage = silo.Services.GetRequiredKeyedService<IGrainStorage>(StorageNames.Provider);
            GrainState<ModelState> state = new(new ModelState());
            GrainId coordinator = GrainId.Create("coordinator", "m");
            await storage.ReadStateAsync(StorageNames.Model, coordinator, state);
            state.State = state.State! with { IsDeleting = true };
            await storage.WriteStateAsync(StorageNames.Model, coordinator, state);
            await Expect.ErrorAsync(SupSupError.NotFound, () => silo.Client.OpenAsync("m", Stop), "'m'");
            await silo.Client.DeleteAsync("m", Stop);
            Assert.Equal(["model-coordinator/m.json"], _store.Records("m"));
            SupSupModel again = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
            Assert.Empty((await again.DescribeAsync(Stop)).Tasks);
        }
    }

    [Fact]
    public async Task Given_a_training_under_way_when_its_model_is_deleted_then_it_ends_and_leaves_nothing()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        ITaskGrain task = silo.Grains.Task("m", 31);
        await task.TrainAsync(RealData.Order(31, 100_000), Stop);
        await foreach (TrainingProgress progress in task.WatchAsync(Stop))
            if (progress.BatchesDone > 0) break;
        await silo.Client.DeleteAsync("m", Stop);
        await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        await foreach (TrainingProgress progress in silo.Grains.Task("m", 31).WatchAsync(Stop))
        {
            Assert.Equal(TrainingState.Untrained, progress.State);
            break;
        }

        Assert.Equal(["model-coordinator/m.json"], _store.Records("m"));
    }

    [Fact]
    public async Task Given_a_training_that_is_not_on_the_board_yet_when_its_model_is_deleted_then_its_order_is_refused_and_leaves_nothing()
    {
        HeldReports held = new();
        await using SiloCluster cluster = await SiloCluster.StartAsync([false], configure: silo => silo.AddOutgoingGrainCallFilter(held));
        await cluster.Client.CreateAsync("m", RealData.Spec, Stop);

        Task ordered = cluster.Grains.Task("m", 31).TrainAsync(RealData.Order(31, 100_000), Stop);
        await held.Held.Task.WaitAsync(Stop);
        await cluster.Client.DeleteAsync("m", Stop);
        held.Until.SetResult();

        await Expect.ErrorAsync(SupSupError.NotFound, () => ordered, "'m'");
        await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        await foreach (TrainingProgress progress in cluster.Grains.Task("m", 31).WatchAsync(Stop))
        {
            Assert.Equal(TrainingState.Untrained, progress.State);
            break;
        }
    }

    [Fact]
    public async Task Given_a_task_when_renamed_then_it_has_the_new_name_everywhere_and_is_found_by_the_old_ones()
    {
        InputBatch images = (await RealData.TestImagesAsync(0, 0, 3)).Inputs;
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
            foreach ((int task, string name) in new[] { (0, "cats"), (1, "dogs") })
                await model.LearnAsync(task, RealData.Order(task) with { Names = new TaskNames { Task = name } }, cancellationToken: Stop);
            Assert.Equal("cats", (await model.InferAsync(images, cancellationToken: Stop))[0].TaskName);
            await Expect.ErrorAsync(SupSupError.Conflict, () => model.RenameTaskAsync(0, "dogs", Stop), "task 1", "'dogs'");
            await Expect.ErrorAsync(SupSupError.NotFound, () => model.RenameTaskAsync(9, "x", Stop), "task 9");
            await Expect.ErrorAsync(SupSupError.InvalidRequest, () => model.RenameTaskAsync(0, " ", Stop), "cannot be used");
            for (int time = 0; time < 2; time++) await model.RenameTaskAsync(0, "kittens", Stop);
            await Expect.ErrorAsync(SupSupError.Conflict, () => model.RenameTaskAsync(1, "cats", Stop), "task 0");
            await CheckAsync(model);
        }

        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            await CheckAsync(model);

            // The order under any of its names is the same order.
            await model.LearnAsync(0, RealData.Order(0) with { Names = new TaskNames { Task = "kittens" } }, cancellationToken: Stop);
            await model.RenameTaskAsync(0, "cats", Stop);
            Assert.Equal("cats", (await model.InferAsync(images, cancellationToken: Stop))[0].TaskName);
            await model.DeleteTaskAsync(0, Stop);
            await model.RenameTaskAsync(1, "kittens", Stop);

            // One that had no name before.
            await model.LearnAsync(2, RealData.Order(2), cancellationToken: Stop);
            InputBatch others = (await RealData.TestImagesAsync(2, 0, 3)).Inputs;
            Assert.Null((await model.InferAsync(others, cancellationToken: Stop))[0].TaskName);
            await model.RenameTaskAsync(2, "birds", Stop);
            Assert.Equal("birds", (await model.InferAsync(others, cancellationToken: Stop))[0].TaskName);
        }

        async Task CheckAsync(SupSupModel model)
        {
            Assert.Equal("kittens", (await model.InferAsync(images, cancellationToken: Stop))[0].TaskName);
            Assert.Equal((0, 0), (await model.AllocateTaskAsync("cats", Stop), await model.AllocateTaskAsync("kittens", Stop)));
            TaskSummary listed = (await model.DescribeAsync(Stop)).Tasks[0];
            Assert.Equal(("kittens", "cats"), (listed.Names!.Task, Assert.Single(listed.FormerNames)));
        }
    }

    private static async Task<SupSupModel> FillAsync(TestSilo silo, string name, ModelSpec spec, params int[] tasks)
    {
        SupSupModel model = await silo.Client.CreateAsync(name, spec, Stop);
        for (int n = 0; n < tasks.Length; n++) await model.LearnAsync(n, RealData.Order(tasks[n]), cancellationToken: Stop);
        await model.InferAsync((await RealData.TestImagesAsync(tasks[0], 0, 4)).Inputs, cancellationToken: Stop);
        return model;
    }

    private static string[] Text(Prediction[] predictions) =>
        [.. predictions.Select(one => $"{one.Task} {one.Class} {one.Entropy} {one.Lead}")];

    // Reports to the board wait.
    private sealed class HeldReports : IOutgoingGrainCallFilter
    {
        public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Until { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task Invoke(IOutgoingGrainCallContext context)
        {
            if (context.InterfaceMethod.DeclaringType == typeof(ITrainingBoardGrain)
                && context.MethodName == nameof(ITrainingBoardGrain.ReportAsync))
            {
                Held.TrySetResult();
                await Until.Task;
            }

            await context.Invoke();
        }
    }
}
