using SupSup.Client;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Placement;

public sealed class GpuTrainingTests
{
    private const int Batches = 400;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_one_silo_of_three_with_a_gpu_when_tasks_are_learned_then_it_trains_all_and_the_masks_are_those_of_any_silo()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync([false, true, false]);
        SupSupModel model = await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        List<string> silos = [];
        for (int task = 0; task < 4; task++)
        {
            Assert.NotNull((await model.LearnAsync(task, RealData.Order(task, Batches), step => Note(step, silos), Stop)).Normalization);
            Assert.Equal(await AloneAsync(task), (await model.GetMaskAsync(task, Stop)).File);
        }

        Assert.Equal(Assert.Single(cluster.GpuSilos()), Assert.Single(silos.Distinct()));
    }

    [Fact]
    public async Task Given_a_silo_with_a_gpu_when_a_network_over_pictures_learns_then_it_trains_there_and_statistics_come_back()
    {
        using TemporaryStore pictures = new();
        string data = ColourPictures.Write(pictures.Folder)[0];
        ModelSpec spec = ColourPictures.Spec(data);
        await using SiloCluster cluster = await SiloCluster.StartAsync([false, true]);
        SupSupModel model = await cluster.Client.CreateAsync("m", spec, Stop);
        List<string> silos = [];
        await model.LearnAsync(0, ColourPictures.Order(data, batches: 600, recipe: null), step => Note(step, silos), Stop);

        Assert.Equal(Assert.Single(cluster.GpuSilos()), Assert.Single(silos.Distinct()));
        FixedNetwork network = new(Plans.Parse(spec.Plan), spec.Seed);
        Assert.Equal(56, MaskFile.Read(network, (await model.GetMaskAsync(0, Stop)).File, "m").Statistics!.Channels);
        (InputBatch inputs, _) = ColourPictures.Test(data, spec);
        Assert.All(await model.InferAsync(inputs, cancellationToken: Stop), answer => Assert.Equal(0, answer.Task));
    }

    [Fact]
    public async Task Given_no_gpu_when_tasks_are_learned_then_each_on_its_own_silo_unless_a_gpu_is_required()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync([false, false]);
        SupSupModel model = await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        await model.LearnAsync(0, RealData.Order(0, Batches), cancellationToken: Stop);
        Assert.Equal(await AloneAsync(0), (await model.GetMaskAsync(0, Stop)).File);

        TrainingOrder required = RealData.Order(1, Batches) with { RequireGpu = true };
        await Expect.ErrorAsync(SupSupError.Unavailable, () => model.LearnAsync(1, required, cancellationToken: Stop), "m/1",
            "requires a GPU", "Compute:Device=cuda", "without RequireGpu");
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => cluster.Grains.GetGrain<ITaskGrain>("m/2").TrainAsync(
            new TrainingOrder { Data = null, RequireGpu = true }, Stop), "submitted batches");
        await model.LearnAsync(1, required with { RequireGpu = false }, cancellationToken: Stop);
    }

    [Fact]
    public async Task Given_a_gpu_silo_that_dies_during_training_when_another_has_one_then_training_goes_on_there_to_the_same_mask()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync([false, true, true], checkpointSeconds: 0.01);
        SupSupModel model = await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        TrainingOrder order = RealData.Order(0, 1500);
        string first = await CheckpointedOnAsync(cluster, model, order);
        HashSet<string> gpus = cluster.GpuSilos();
        await cluster.KillAsync(first);
        List<string> after = [];
        int least = int.MaxValue;
        await model.LearnAsync(
            0,
            order,
            step =>
            {
                Note(step, after);
                if (step.Silo is { } silo && silo != first) least = Math.Min(least, step.BatchesDone);
            },
            Stop);
        Assert.Equal(Assert.Single(gpus.Except([first])), Assert.Single(after.Except([first])));
        Assert.InRange(least, 1, 1500);
        Assert.Equal(await AloneAsync(0, 1500), (await model.GetMaskAsync(0, Stop)).File);
    }

    [Fact]
    public async Task Given_a_training_on_a_gpu_silo_when_its_task_grain_leaves_its_silo_then_where_it_stands_is_stored_first()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync([true, false], checkpointSeconds: 1e6);
        SupSupModel model = await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        TrainingOrder order = RealData.Order(0, 1500);
        await foreach (TrainingProgress step in model.TrainAsync(0, order, Stop))
            if (step.BatchesDone > 0) break;
        Assert.False(cluster.Storage.Holds(StorageNames.Checkpoint, "task", "m/0"));
        await cluster.DeactivateAsync(cluster.Grains.GetGrain<ITaskGrain>("m/0"));
        Assert.True(cluster.Storage.Holds(StorageNames.Checkpoint, "task", "m/0"));
        await model.LearnAsync(0, order, cancellationToken: Stop);
        Assert.Equal(await AloneAsync(0, 1500), (await model.GetMaskAsync(0, Stop)).File);
    }

    private static void Note(TrainingProgress step, List<string> silos)
    {
        if (step.Silo is { } silo) silos.Add(silo);
    }

    // Trains until a checkpoint is stored; the silo that trains.
    private static async Task<string> CheckpointedOnAsync(SiloCluster cluster, SupSupModel model, TrainingOrder order)
    {
        await foreach (TrainingProgress step in model.TrainAsync(0, order, Stop))
            if (step.Silo is { } silo && cluster.Storage.Holds(StorageNames.Checkpoint, "task", "m/0")) return silo;
        throw new InvalidOperationException("trained before a checkpoint was seen");
    }

    private static async Task<byte[]> AloneAsync(int task, int batches = Batches)
    {
        FixedNetwork network = new(NetworkPlan.Dense(784, [100], 50), 7);
        Recipe recipe = Recipes.Get("fast") with { Batches = batches };
        return MaskFile.Write(network, TaskTrainer.Train(
            network, new ThresholdMaskRule(), recipe, new TrainingJob { Data = await RealData.TaskAsync(task), Index = task }).Mask);
    }
}
