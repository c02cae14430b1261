using System.Numerics;
using SupSup.Core.Datasets;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Tasks;
using SupSup.Core.Training;
using SupSup.Torch.Devices;
using SupSup.Torch.Engines;
using SupSup.Torch.Groups;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Torch.Tests.Groups;

/// <summary>Groups of networks over pictures, on <see cref="TestDevice"/>, against the same tasks one by one.</summary>
public sealed class PictureGroupTests : IDisposable
{
    private const string Everything =
        "conv8-norm-relu-max3:2-res(conv12:3:2-norm-swish-conv12-norm|conv12:1:2-normbatch)-res(relu-conv12)-swish-average-7-norm/2x8x8-24";

    private const string Flattened = "conv6:5:2-norm-relu-conv9-relu-max2-flatten-20-relu/2x8x8-24";

    private static readonly Recipe Sparse = Recipes.Get("sparse-paper") with { Batches = 12, BatchSize = 16 };
    private static readonly Recipe Varied = Sparse with { Augmentation = "crop:1+flip", RotatedShare = 0.5 };
    private static readonly IMaskRule Rule = MaskRules.Get("top-k:er-2");

    private readonly Dataset _images = SmallImages.Make(8, 8, 6, 50, 20, 2);
    private readonly GroupTrainer _trainer = new(TestDevice.Device, threads: 1);

    public void Dispose() => _trainer.Dispose();

    [Theory]
    [InlineData(Everything, "top-k:er-2", "adam", true)]
    [InlineData(Everything, "threshold", "rmsprop", false)]
    [InlineData(Flattened, "top-k:0.3", "adam", false)]
    [InlineData("resnet18-20/2x8x8-24", "top-k:er-16", "adam", true)]
    public void Given_a_plan_when_some_tasks_take_steps_together_then_losses_masks_and_statistics_are_those_of_one_by_one(
        string text, string rule, string optimizer, bool varied)
    {
        FixedNetwork network = new(Plans.Parse(text), 3);
        Recipe recipe = (varied ? Varied : Sparse) with { Optimizer = optimizer, WeightDecay = 0.01 };
        TrainingJob[] jobs = [Make(4), Make(0), Make(9)];

        (float[][] losses, TaskMask[] masks, TrainingCheckpoint[] ends) = Together(network, MaskRules.Get(rule), recipe, jobs, batches: 6);

        for (int n = 0; n < jobs.Length; n++)
        {
            (float[] expected, TaskMask mask, TrainingCheckpoint end) = Alone(network, MaskRules.Get(rule), recipe, jobs[n], batches: 6);
            for (int batch = 0; batch < expected.Length; batch++)
                Assert.Equal(expected[batch], losses[batch][n], batch < 3 ? 1e-4 : 1e-2);
            Assert.InRange(Differing(mask, masks[n]), 0, network.Shape.ParameterCount / 200);
            Assert.True(Differing(Initial(network, rule, jobs[n]), mask) >= 10, "else masks would agree because nothing was learned");
            float largest = end.Statistics.Max(MathF.Abs);
            for (int c = 0; c < end.Statistics.Length; c++) Assert.Equal(end.Statistics[c], ends[n].Statistics[c], 0.01 * largest);
        }
    }

    [Theory]
    [InlineData(Everything, true)]
    [InlineData(Flattened, false)]
    public void Given_a_group_of_one_when_trained_then_mask_scores_and_statistics_are_those_of_the_engine(string text, bool varied)
    {
        FixedNetwork network = new(Plans.Parse(text), 3);

        (float[][] losses, TaskMask[] masks, TrainingCheckpoint[] ends) = Together(
            network, Rule, varied ? Varied : Sparse, [Make(4)], batches: 6, CPU);

        (float[] expected, TaskMask mask, TrainingCheckpoint end) = Alone(
            network, Rule, varied ? Varied : Sparse, Make(4), batches: 6, new TorchEngine(Core.Devices.ComputeDevice.Cpu));
        for (int batch = 0; batch < expected.Length; batch++) Assert.Equal(expected[batch], losses[batch][0], 1e-5);
        Assert.InRange(Differing(mask, masks[0]), 0, 2);
        AssertClose(end.Scores, ends[0].Scores);
        AssertClose(end.OptimizerState, ends[0].OptimizerState);
        AssertClose([end.Statistics], [ends[0].Statistics]);

        // libtorch's operations round the last bit of an update otherwise here and there.
        static void AssertClose(IEnumerable<float[]> expected, IEnumerable<float[]> actual)
        {
            foreach ((float[] one, float[] other) in expected.Zip(actual))
                for (int n = 0; n < one.Length; n++) Assert.Equal(one[n], other[n], 1e-5 * one.Max(MathF.Abs));
        }
    }

    [Fact]
    public void Given_a_group_over_pictures_when_trained_then_each_reports_and_gets_the_mask_of_training_alone()
    {
        FixedNetwork network = new(Plans.Parse(Everything), 3);
        List<(int Task, int Done, float Loss)> reports = [];
        TrainingJob[] jobs = [.. new[] { 3, 8 }.Select(index => Make(index) with
        {
            OnBatches = (done, loss, _) => reports.Add((index, done, loss)),
            KeepsScores = index == 8,
        })];

        TrainedMask?[] group = Train(network, Varied, jobs);

        Assert.Equal([(3, 10), (8, 10), (3, 12), (8, 12)], reports.Select(report => (report.Task, report.Done)));
        TrainedMask alone = TaskTrainer.Train(network, Rule, Varied, Make(8) with { Engine = Engine() });
        AssertSame(alone, group[1]!);
        Assert.Equal(alone.UsualEvidence!.Mean, group[1]!.UsualEvidence!.Mean, 0.05);
        Assert.Null(group[0]!.Scores);
        Assert.Equal(network.Shape.Layers.Select(layer => layer.Count), group[1]!.Scores!.Select(scores => scores.Length));
    }

    [Fact]
    public void Given_scores_that_were_passed_on_when_a_group_starts_from_them_then_each_mask_is_that_of_training_alone_from_them()
    {
        FixedNetwork network = new(Plans.Parse(Everything), 3);
        IReadOnlyList<float[]> scores = Train(network, Varied, [Make(1) with { KeepsScores = true }])[0]!.Scores!;

        TrainedMask?[] group = Train(network, Varied, [Make(2) with { StartScores = scores }, Make(5)]);

        AssertSame(TaskTrainer.Train(network, Rule, Varied, Make(2) with { StartScores = scores, Engine = Engine() }), group[0]!);
        AssertSame(TaskTrainer.Train(network, Rule, Varied, Make(5) with { Engine = Engine() }), group[1]!);
    }

    [Fact]
    public void Given_checkpoints_when_a_group_or_one_task_goes_on_then_masks_and_statistics_are_those_of_an_undisturbed_run()
    {
        FixedNetwork network = new(Plans.Parse(Everything), 3);
        TrainingCheckpoint?[] checkpoints = new TrainingCheckpoint?[2];
        TrainedMask?[] undisturbed = Train(network, Varied, [.. Enumerable.Range(0, 2).Select(n =>
            Make(n) with { OnBatches = (done, _, capture) => checkpoints[n] = done == 10 ? capture() : checkpoints[n] })]);

        TrainedMask?[] resumed = Train(network, Varied, [.. Enumerable.Range(0, 2).Select(n => Make(n) with { From = checkpoints[n] })]);

        for (int n = 0; n < 2; n++) AssertSame(undisturbed[n]!, resumed[n]!);
        AssertSame(TaskTrainer.Train(network, Rule, Varied, Make(1) with { From = checkpoints[1], Engine = Engine() }), undisturbed[1]!);
    }

    [Fact]
    public void Given_memory_for_two_tasks_when_five_are_trained_then_groups_are_of_two_at_most_and_all_get_their_masks()
    {
        FixedNetwork network = new(Plans.Parse(Everything), 3);
        long memory = 3 * GroupMemory.BytesPerTask(network.Plan, Varied);
        List<(int Task, int Done)> reports = [];
        using GroupTrainer small = new(TestDevice.Device, threads: 1, memory);

        TrainedMask?[] trained = small.Train(network, Rule, Varied, [.. Enumerable.Range(0, 5).Select(n => Make(n) with
        {
            OnBatches = (done, _, _) => reports.Add((n, done)),
        })], TestContext.Current.CancellationToken);

        Assert.Equal(2, GroupMemory.TasksAtOnce(network.Plan, Varied, memory));
        Assert.Equal([0, 1, 0, 1, 2, 3, 2, 3, 4, 4], reports.Select(report => report.Task));
        TrainedMask?[] together = Train(network, Varied, [.. Enumerable.Range(0, 5).Select(n => Make(n))]);
        for (int n = 0; n < 5; n++) AssertSame(together[n]!, trained[n]!);
    }

    [Fact]
    public void Given_a_plan_when_its_memory_is_estimated_then_it_is_what_weights_and_all_activations_take()
    {
        NetworkPlan plan = Plans.Parse("conv4-relu-res(conv4-relu)-max2-average/1x4x6-5");
        Recipe recipe = Sparse with { BatchSize = 10 };

        long values = 24 + (5 * 96) + (3 * 24) + 4 + 5 + (4 * 96);
        Assert.Equal((50 * plan.Shape.ParameterCount) + (40 * values), GroupMemory.BytesPerTask(plan, recipe));
        Assert.Equal(1, GroupMemory.TasksAtOnce(plan, recipe, 1));
        Assert.True(DeviceMemory.Bytes(TestDevice.Device) is > 1 << 28 and < long.MaxValue);
    }

    [Fact]
    public void Given_a_group_whose_images_vary_when_cancelled_then_it_stops_between_batches()
    {
        FixedNetwork network = new(Plans.Parse(Everything), 3);
        using CancellationTokenSource stop = new();
        TrainingJob task = Make(0) with { OnBatches = (_, _, _) => stop.Cancel() };

        var error = Assert.Throws<OperationCanceledException>(
            () => _trainer.Train(network, Rule, Varied with { Batches = 100_000_000 }, [task, Make(1)], stop.Token));

        Assert.Equal(stop.Token, error.CancellationToken);
    }

    [Fact]
    public void Given_many_batches_when_a_group_is_trained_then_no_tensor_outlives_its_step_and_none_the_trainer()
    {
        FixedNetwork network = new(Plans.Parse(Everything), 3);
        List<long> live = [];
        long before = Live();
        for (int run = 0; run < 2; run++)
            Train(network, Varied with { Batches = 30 }, [Make(0) with { OnBatches = (_, _, _) => live.Add(Live()) }, Make(1)]);

        Assert.Equal(6, live.Count);
        Assert.Single(live.Distinct());
        Assert.True(live[0] > before, "tensors are counted on this thread");
        Assert.Equal(before, Live());

        static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
    }

    private static TorchEngine Engine() => new(TestDevice.Device);

    private static int Differing(TaskMask one, TaskMask other) =>
        one.Bits.ToArray().Zip(other.Bits.ToArray(), (a, b) => BitOperations.PopCount((uint)(a ^ b))).Sum();

    private static void AssertSame(TrainedMask expected, TrainedMask trained)
    {
        Assert.InRange(Differing(expected.Mask, trained.Mask), 0, expected.Mask.Shape.ParameterCount / 50);
        Assert.Equal(expected.Loss, trained.Loss, 0.02 * expected.Loss);
        foreach ((Half mean, Half other) in expected.Mask.Statistics!.Means.Zip(trained.Mask.Statistics!.Means))
            Assert.Equal((double)mean, (double)other, 0.05);
        foreach ((Half variance, Half other) in expected.Mask.Statistics.Variances.Zip(trained.Mask.Statistics.Variances))
            Assert.Equal((double)variance, (double)other, 0.05 * (1 + (double)variance));
    }

    private static TaskMask Initial(FixedNetwork network, string rule, TrainingJob job)
    {
        using TrainingSession session = new(network, MaskRules.Get(rule), Sparse, TaskSeed.Derive(network.Seed, job.Index));
        return session.Mask();
    }

    private static (float[][] Losses, TaskMask[] Masks, TrainingCheckpoint[] Ends) Together(
        FixedNetwork network, IMaskRule rule, Recipe recipe, TrainingJob[] jobs, int batches, Device? on = null)
    {
        Device device = on ?? TestDevice.Device.ToTorch();
        set_num_threads(1); // of the calling thread
        using GroupSession session = new(network, rule, recipe, jobs, device);
        using HostBatches made = new(jobs, network, recipe, 2, device);
        float[][] losses = new float[batches][];
        for (int batch = 0; batch < batches; batch++)
        {
            using DisposeScope step = NewDisposeScope();
            if (batch % 2 == 0) made.Load(2);
            (Tensor inputs, Tensor labels) = made.Make(batch % 2);
            Tensor loss = zeros(jobs.Length, float32, device);
            session.Step(inputs, labels, loss);
            losses[batch] = loss.cpu().data<float>().ToArray();
        }

        return (losses, [.. jobs.Select((_, n) => session.Mask(n))], [.. jobs.Select((_, n) => session.Capture(n, 0))]);
    }

    private static (float[] Losses, TaskMask Mask, TrainingCheckpoint End) Alone(
        FixedNetwork network, IMaskRule rule, Recipe recipe, TrainingJob job, int batches, TorchEngine? engine = null)
    {
        ulong seed = TaskSeed.Derive(network.Seed, job.Index);
        using TrainingSession session = new(network, rule, recipe, seed, engine: engine ?? Engine());
        using TrainingBatches drawn = new(job.Data, recipe, seed);
        float[] inputs = new float[recipe.BatchSize * job.Data.Inputs];
        int[] labels = new int[recipe.BatchSize];
        float[] losses = new float[batches];
        for (int batch = 0; batch < batches; batch++)
        {
            drawn.Next(inputs, labels);
            losses[batch] = session.Step(inputs, labels);
        }

        return (losses, session.Mask(), session.Capture());
    }

    private TrainingJob Make(int index) => new() { Data = new WholeFamily().Make(_images, 1, 0), Index = index };

    private TrainedMask?[] Train(FixedNetwork network, Recipe recipe, TrainingJob[] tasks) =>
        _trainer.Train(network, Rule, recipe, tasks, TestContext.Current.CancellationToken);
}
