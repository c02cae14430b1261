using SupSup.Client;
using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Reservoirs;

/// <summary>Models whose masks live in a reservoir, on the real MNIST with two layers of 256 units.</summary>
public sealed class ReservoirModelTests : IDisposable
{
    private static readonly ModelSpec Spec = new()
    {
        Plan = "flatten-256-normbatch-swish-256-normbatch-swish/1x28x28-10",
        Classes = 10,
        Seed = 7,
        Storage = ModelSpec.Reservoir,
    };

    private readonly TemporaryStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Given_tasks_in_a_reservoir_when_a_batch_of_one_comes_then_its_mask_is_recovered_also_after_a_restart()
    {
        (InputBatch Inputs, int[] Labels)[] images = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(ImagesAsync))];
        Prediction[][] before;
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.CreateAsync("m", Spec, Stop);
            for (int task = 0; task < 3; task++)
            {
                TaskSummary learned = await model.LearnAsync(task, Order(task), null, Stop);
                Assert.Equal((0, TrainingOrder.Gains), (learned.Bytes, learned.Order.Recipe));
                Assert.NotEmpty(await silo.Grains.Task("m", task).GetCurveAsync(Stop));
            }

            ModelDescription told = await model.DescribeAsync(Stop);
            Assert.Equal((8, 3), (told.Reservoir!.Capacity, told.Reservoir.Stored));
            Assert.Equal([256, 256], told.Reservoir.Units);
            before = await Task.WhenAll(images.Select(one => model.InferAsync(one.Inputs, null, Stop)));
            Assert.DoesNotContain(_store.Records("m"), record => record.StartsWith("mask-", StringComparison.Ordinal));
            Assert.True((await model.CheckHealthAsync(Stop)).IsWhole);
        }

        for (int task = 0; task < 3; task++)
        {
            Assert.All(
                before[task], answer => Assert.Equal((task, true, false), (answer.Task, answer.Recovery!.IsStored, answer.IsUnknown)));
            int right = before[task].Zip(images[task].Labels).Count(pair => pair.First.Class == pair.Second);
            Assert.True(right >= 55, $"task {task}: {right} of 64");
            Assert.All(before[task], answer => Assert.Equal(1, answer.Recovery!.Probabilities.Sum(), 1e-4));
        }

        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            string[] records = _store.Records("m");
            for (int task = 0; task < 3; task++)
            {
                Prediction[] after = await model.InferAsync(images[task].Inputs, null, Stop);
                Assert.Equal(before[task].Select(Told), after.Select(Told));
            }

            TaskSummary again = await model.LearnAsync(1, Order(1), null, Stop);
            Assert.Equal((await model.DescribeAsync(Stop)).Tasks[1], again);
            Assert.Equal(records, _store.Records("m"));
            Evaluation evaluation = await model.EvaluateAsync(0, cancellationToken: Stop);
            Assert.True(evaluation.Accuracy > 0.9, $"{evaluation.Accuracy}");
            ModelHealth health = await model.CheckHealthAsync(Stop);
            Assert.Equal((true, 3, 3), (health.IsWhole, health.Tasks, health.Shards.Single().Held));
            await silo.Client.DeleteAsync("m", Stop);
            Assert.Equal(["model-coordinator/m.json"], _store.Records("m"));
            await silo.Client.CreateAsync("m", Spec with { Seed = 8 }, Stop);
            await Expect.ErrorAsync(
                SupSupError.NotFound, () => model.InferAsync(images[0].Inputs, null, Stop), "'m' has learned no task yet");
        }
    }

    [Fact]
    public async Task Given_a_reservoir_that_is_full_when_more_is_asked_for_then_it_is_refused_before_training_and_repeats_do_nothing()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync([false]);
        ModelSpec spec = Spec with { Plan = "flatten-64-normbatch-swish-100-normbatch-swish/1x28x28-10" };
        SupSupModel model = await cluster.Client.CreateAsync("m", spec, Stop);
        IReservoirGrain reservoir = cluster.Grains.Reservoir("m");
        await reservoir.StoreAsync(Mask(0, 1), Stop);
        await reservoir.StoreAsync(Mask(1, 2), Stop);
        (int manifests, int parts) = (cluster.Storage.Writes("reservoir"), cluster.Storage.Writes("weights"));

        await reservoir.StoreAsync(Mask(0, 1), Stop);
        await Expect.ErrorAsync(SupSupError.Conflict, () => reservoir.StoreAsync(Mask(0, 3), Stop), "another mask of task 0");
        await Expect.ErrorAsync(SupSupError.Conflict, () => reservoir.StoreAsync(Mask(5, 3), Stop), "holds 2 masks", "larger layers");
        await Expect.ErrorAsync(SupSupError.Conflict, () => model.LearnAsync(5, Order(0), null, Stop), "'m' is full");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => reservoir.StoreAsync(Mask(5, 3) with { Mask = new byte[7] }, Stop), "64 + 100 gains");

        Assert.Equal((manifests, parts), (cluster.Storage.Writes("reservoir"), cluster.Storage.Writes("weights")));
        Assert.Equal(2, (await model.DescribeAsync(Stop)).Reservoir!.Stored);
        Assert.Equal(TrainingState.Untrained, (await FirstAsync(model.WatchAsync(5, Stop))).State);

        GainMaskBlob Mask(int task, int seed)
        {
            byte[] bits = new byte[8 + 13];
            new Random(seed).NextBytes(bits);
            bits[^1] &= 0x0F; // of 100 units
            return new() { Task = task, Mask = bits, Classes = 10 };
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Given_a_store_that_fails_after_some_writes_when_a_mask_is_stored_then_the_reservoir_is_as_it_was(int writes)
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync([false]);
        SupSupModel model = await cluster.Client.CreateAsync("m", Spec, Stop);
        await model.LearnAsync(0, Order(0), null, Stop);
        InputBatch images = (await ImagesAsync(0)).Inputs;
        Prediction[] before = await model.InferAsync(images, null, Stop);
        IReservoirGrain reservoir = cluster.Grains.Reservoir("m");
        byte[] bits = new byte[64];
        new Random(writes).NextBytes(bits);
        GainMaskBlob mask = new() { Task = 1, Mask = bits, Classes = 10 };

        cluster.Storage.WritesLeft = writes;
        await Expect.ErrorAsync(SupSupError.Unavailable, () => reservoir.StoreAsync(mask, Stop), "the store fails");
        cluster.Storage.WritesLeft = null;
        await cluster.DeactivateAsync(reservoir);

        Assert.Equal(before.Select(Told), (await model.InferAsync(images, null, Stop)).Select(Told));
        Assert.Equal(1, (await reservoir.DescribeAsync(Stop)).Stored);
        await reservoir.StoreAsync(mask, Stop);
        Assert.Equal(2, (await reservoir.DescribeAsync(Stop)).Stored);
        Assert.Equal(2, cluster.Storage.Count("weights"));
        await cluster.DeactivateAsync(reservoir);
        Assert.Equal(0, (await model.InferAsync(images, null, Stop))[0].Task);
        await cluster.Client.DeleteAsync("m", Stop);
        Assert.Equal(0, cluster.Storage.Count("weights") + cluster.Storage.Count("reservoir"));
    }

    [Fact]
    public async Task Given_a_model_with_a_reservoir_when_what_it_cannot_do_is_asked_for_then_one_line_names_the_remedy()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.CreateAsync("m", Spec, Stop);
        await model.LearnAsync(0, Order(0), null, Stop);
        (InputBatch images, _) = await ImagesAsync(0);
        InputBatch few = new() { Rows = 15, Values = images.Values[..(15 * 784)] };

        (string Words, Func<Task> Call)[] refused =
        [
            ("15 images are too few", () => model.InferAsync(few, null, Stop)),
            ("candidates cannot be asked for", () => model.InferAsync(images, new() { Candidates = [0] }, Stop)),
            ("UnknownRate cannot be asked for", () => model.InferAsync(images, new() { UnknownRate = 0.01 }, Stop)),
            ("its task cannot be given; leave the task out", () => model.PredictAsync(0, images, Stop)),
            ("a task cannot be given; leave the task out", () => model.PredictAsync([.. new int[64]], images, Stop)),
            ("make a model without storage", () => model.GetMaskAsync(0, Stop)),
            ("make a model without storage", () => model.ImportAsync(1, [1, 2, 3], Stop)),
            ("task 0 cannot be taken out", () => model.DeleteTaskAsync(0, Stop)),
            ("order training by task", () => model.OpenStreamAsync("s", null, Stop)),
            ("leave the recipe out", () => model.LearnAsync(1, Order(1) with { Recipe = "fast" }, null, Stop)),
            ("order without RequireGpu", () => model.LearnAsync(1, Order(1) with { RequireGpu = true }, null, Stop)),
            ("name data", () => silo.Grains.Task("m", 1).TrainAsync(new() { Data = null }, Stop)),
            ("batch size must be at least 2", () => model.LearnAsync(1, Order(1) with { BatchSize = 1 }, null, Stop)),
        ];

        foreach ((string words, Func<Task> call) in refused) await Expect.ErrorAsync(SupSupError.InvalidRequest, call, words, "m");
        await Expect.ErrorAsync(
            SupSupError.Conflict, () => model.LearnAsync(0, Order(0, batches: 50), null, Stop), "already has another order");
    }

    [Theory]
    [InlineData("784-300-10", null, "normbatch-swish")]
    [InlineData("flatten-32-normbatch-swish/1x28x28-10", null, "use 64 to 8192")]
    [InlineData("flatten-256-normbatch-swish/1x28x28-10", "top-k:0.5", "leave it out")]
    public async Task Given_a_definition_that_makes_no_reservoir_when_created_then_it_is_refused(string plan, string? rule, string words)
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        ModelSpec spec = new() { Plan = plan, Classes = 10, Seed = 1, Storage = ModelSpec.Reservoir, MaskRule = rule ?? "" };

        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => silo.Client.CreateAsync("m", spec, Stop), words);
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => silo.Client.CreateAsync("m", spec with { Storage = "cellar" }, Stop),
            "unknown storage 'cellar'; use 'reservoir'");
    }

    private static TrainingOrder Order(int task, int? batches = null) =>
        new() { Data = new TaskData { Dataset = "mnist", Family = "split", Seed = 7, Index = task }, Batches = batches };

    private static async Task<(InputBatch Inputs, int[] Labels)> ImagesAsync(int task)
    {
        Dataset mnist = await new DatasetStore(RealData.Folder).OpenAsync("mnist");
        ClassificationTask data = TaskFamilies.Get("split").Make(mnist, 7, task);
        (float[] inputs, int[] labels) = data.Test(40, 64);
        return (new InputBatch { Rows = labels.Length, Values = inputs }, labels);
    }

    private static (int, int, double, int) Told(Prediction answer) => (answer.Task, answer.Class, answer.Entropy, answer.Recovery!.Steps);

    private static async Task<TrainingProgress> FirstAsync(IAsyncEnumerable<TrainingProgress> progress)
    {
        await foreach (TrainingProgress first in progress) return first;
        throw new InvalidOperationException("nothing was told");
    }
}
