using SupSup.Core.Datasets;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Tasks;
using SupSup.Core.Training;
using SupSup.Torch.Engines;
using SupSup.Torch.Groups;
using TorchSharp;

namespace SupSup.Torch.Tests.Groups;

/// <summary>Groups of a small network, on <see cref="TestDevice"/>.</summary>
public sealed class GroupTrainerTests : IDisposable
{
    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(12, [9, 8], 6), 1);
    private static readonly ThresholdMaskRule Rule = new();
    private static readonly Recipe Recipe = Recipes.Get("fast") with { Batches = 25, BatchSize = 16 };

    private readonly Dataset _images = SmallImages.Make();
    private readonly GroupTrainer _trainer = new(TestDevice.Device);

    public void Dispose() => _trainer.Dispose();

    // 50 examples: batches of 16 cross the border of an epoch, of 60 have one example twice.
    [Theory]
    [InlineData("adam", "cosine", 0.01, 0.02, 16)]
    [InlineData("adam", "constant", 0.01, null, 1)]
    [InlineData("rmsprop", "constant", 0.002, null, 16)]
    [InlineData("rmsprop", "cosine", 0.003, 0.001, 60)]
    public void Given_a_recipe_when_a_group_is_trained_then_each_mask_and_loss_is_that_of_training_alone(
        string optimizer, string schedule, double rate, double? first, int rows)
    {
        Recipe recipe = new()
        {
            Name = "test",
            Optimizer = optimizer,
            LearningRate = rate,
            FirstLayerLearningRate = first,
            Schedule = schedule,
            Batches = 33,
            BatchSize = rows,
        };
        int[] indices = [4, 0, 9];

        TrainedMask?[] group = Train([.. indices.Select(index => Make(index))], recipe);

        for (int n = 0; n < indices.Length; n++)
        {
            TrainedMask alone = TaskTrainer.Train(Network, Rule, recipe, Make(indices[n]));
            AssertSame(alone, group[n]);
            Assert.True(Differing(Initial(indices[n]), alone.Mask) >= 20, "else masks would agree because nothing was learned");
        }
    }

    [Fact]
    public void Given_a_network_without_hidden_layers_when_a_group_is_trained_then_masks_are_those_of_training_alone()
    {
        FixedNetwork flat = new(NetworkPlan.Dense(12, [], 3), 5);

        TrainedMask? trained = _trainer.Train(flat, Rule, Recipe, [Make(2)], TestContext.Current.CancellationToken)[0];

        AssertSame(TaskTrainer.Train(flat, Rule, Recipe, Make(2)), trained);
    }

    [Theory]
    [InlineData("rotated", 3, 12, 20)]
    [InlineData("split", 0, 1, 2)]
    public void Given_tasks_of_another_family_when_a_group_is_trained_then_each_mask_and_loss_is_that_of_training_alone(
        string family, params int[] indices)
    {
        Dataset images = SmallImages.Make(classes: 6);
        ClassificationTask[] data = [.. indices.Select(index => TaskFamilies.Get(family).Make(images, 1, index))];

        TrainedMask?[] group = Train([.. indices.Select((index, n) => new TrainingJob { Data = data[n], Index = index })]);

        for (int n = 0; n < indices.Length; n++)
            AssertSame(TaskTrainer.Train(Network, Rule, Recipe, new TrainingJob { Data = data[n], Index = indices[n] }), group[n]);
    }

    [Theory]
    [InlineData(0.01, null, 0)]
    [InlineData(0, "crop:1+flip", 0)]
    [InlineData(0, null, 0.5)]
    public void Given_scores_that_decay_or_images_that_vary_when_a_group_is_trained_then_each_mask_is_that_of_training_alone(
        double decay, string? augmentation, double rotated)
    {
        Dataset square = SmallImages.Make(4, 4, 3);
        FixedNetwork network = new(NetworkPlan.Dense(16, [9], 12), 1);
        Recipe recipe = Recipe with { WeightDecay = decay, Augmentation = augmentation, RotatedShare = rotated };
        TrainingJob[] jobs = [.. new[] { 3, 4 }.Select(index => new TrainingJob
        {
            Data = new WholeFamily().Make(square, 1, 0),
            Index = index,
        })];

        TrainedMask?[] group = _trainer.Train(network, Rule, recipe, jobs, TestContext.Current.CancellationToken);

        for (int n = 0; n < jobs.Length; n++) AssertSame(TaskTrainer.Train(network, Rule, recipe, jobs[n]), group[n]);
    }

    [Fact]
    public void Given_a_recipe_that_validates_when_a_group_is_trained_then_each_mask_is_bit_for_bit_that_of_training_alone_unless_stopped()
    {
        Recipe recipe = Recipe with { ValidationShare = 0.2 };
        using CancellationTokenSource stop = new();
        stop.Cancel();
        int reported = 0;
        TrainingJob watched = Make(1) with { OnBatches = (done, _, _) => reported = done };

        TrainedMask?[] group = Train([watched, Make(4) with { Stop = stop.Token }], recipe);

        TrainedMask alone = TaskTrainer.Train(Network, Rule, recipe, Make(1));
        Assert.Equal(alone.Mask.Bits.ToArray(), group[0]!.Mask.Bits.ToArray());
        Assert.Equal(Recipe.Batches, reported);
        Assert.Null(group[1]);
        Assert.Throws<OperationCanceledException>(() => _trainer.Train(Network, Rule, recipe, [Make(1)], stop.Token));
    }

    [Fact]
    public void Given_one_task_whose_data_are_no_numbers_when_a_group_is_trained_then_the_error_names_it_unless_it_was_stopped()
    {
        Dataset numbers = SmallImages.Vectors(width: 12, classes: 3);
        float[] values = [.. numbers.Train.Values];
        values[(40 * 12) + 5] = float.NaN;
        ExampleSet train = new((ExampleShape.Vector)numbers.Shape, values, numbers.Train.Labels);
        Dataset broken = new("broken", train, numbers.Test, 3, numbers.Normalization);
        int[] order = [.. Enumerable.Range(0, 12)];
        TrainingJob good = new() { Data = new(broken, order, [.. Enumerable.Range(0, 40)]), Index = 7 };
        TrainingJob bad = new() { Data = new(broken, order, [39, 40]), Index = 9 };
        using CancellationTokenSource stop = new();
        stop.Cancel();

        TaskLossException error = Assert.Throws<TaskLossException>(() => Train([good, bad]));

        Assert.Same(bad, error.Job);
        Assert.Contains("loss of task 9 is not finite at batch 0", error.Message, StringComparison.Ordinal);
        Assert.Null(Train([good, bad with { Stop = stop.Token }])[1]);
    }

    [Fact]
    public void Given_a_group_when_trained_then_each_task_reports_every_few_batches_and_at_the_end()
    {
        List<(int Task, int Done, float Loss)> reports = [];
        List<float> alone = [];

        Train([.. new[] { 3, 8 }.Select(index => Make(index) with { OnBatches = (done, loss, _) => reports.Add((index, done, loss)) })]);
        TaskTrainer.Train(Network, Rule, Recipe, Make(8) with { OnBatches = (_, loss, _) => alone.Add(loss) });

        Assert.Equal([(3, 10), (8, 10), (3, 20), (8, 20), (3, 25), (8, 25)], reports.Select(report => (report.Task, report.Done)));
        foreach ((_, int done, float loss) in reports.Where(report => report.Task == 8)) Assert.Equal(alone[done - 1], loss, 1e-4);
    }

    [Fact]
    public void Given_a_task_that_is_stopped_when_the_group_goes_on_then_it_reports_no_more_and_the_others_are_not_disturbed()
    {
        using CancellationTokenSource stop = new();
        List<int> stopped = [];
        List<int> other = [];
        TrainingJob first = Make(0) with { Stop = stop.Token, OnBatches = (done, _, _) => stopped.Add(done) };
        TrainingJob second = Make(1) with
        {
            OnBatches = (done, _, _) =>
            {
                other.Add(done);
                stop.Cancel();
            },
        };

        TrainedMask?[] trained = Train([first, second]);

        Assert.Null(trained[0]);
        AssertSame(Train([Make(1)])[0]!, trained[1]);
        Assert.Equal([10], stopped);
        Assert.Equal([10, 20, 25], other);
    }

    [Fact]
    public void Given_a_group_whose_tasks_are_all_stopped_when_trained_then_it_ends_at_once()
    {
        using CancellationTokenSource stop = new();
        int reports = 0;
        TrainingJob task = Make(0) with
        {
            Stop = stop.Token,
            OnBatches = (_, _, _) =>
            {
                reports++;
                stop.Cancel();
            },
        };

        Assert.Equal([null, null], Train([task, Make(1) with { Stop = stop.Token }], Recipe with { Batches = 1_000_000_000 }));
        Assert.Equal(1, reports);
    }

    [Fact]
    public void Given_the_whole_group_when_cancelled_then_it_stops_with_that_token()
    {
        using CancellationTokenSource stop = new();
        TrainingJob task = Make(0) with { OnBatches = (_, _, _) => stop.Cancel() };

        var error = Assert.Throws<OperationCanceledException>(
            () => _trainer.Train(Network, Rule, Recipe with { Batches = 1_000_000_000 }, [task, Make(1)], stop.Token));

        Assert.Equal(stop.Token, error.CancellationToken);
    }

    [Theory]
    [InlineData("adam", 10)]
    [InlineData("adam", 20)]
    [InlineData("rmsprop", 20)]
    public void Given_checkpoints_when_training_goes_on_in_a_group_or_alone_then_the_masks_are_those_of_an_undisturbed_run(
        string optimizer, int batches)
    {
        Recipe recipe = Recipe with { Optimizer = optimizer, Batches = 25, LearningRate = 0.003 };
        TrainingCheckpoint?[] checkpoints = new TrainingCheckpoint?[2];
        TrainedMask?[] undisturbed = Train(
            [.. Enumerable.Range(0, 2).Select(n =>
                Make(n) with { OnBatches = (done, _, capture) => checkpoints[n] = done == batches ? capture() : checkpoints[n] })], recipe);

        TrainedMask?[] resumed = Train([.. Enumerable.Range(0, 2).Select(n => Make(n) with { From = checkpoints[n] })], recipe);
        TrainedMask alone = TaskTrainer.Train(Network, Rule, recipe, Make(1) with { From = checkpoints[1] });

        Assert.Equal(batches, checkpoints[0]!.BatchesDone);
        for (int n = 0; n < 2; n++)
        {
            Assert.Equal(0, Differing(undisturbed[n]!.Mask, resumed[n]!.Mask));
            Assert.Equal(undisturbed[n]!.Loss, resumed[n]!.Loss, 1e-9);
        }

        AssertSame(alone, undisturbed[1]);
    }

    [Fact]
    public void Given_a_checkpoint_within_the_tail_when_training_goes_on_then_the_loss_is_the_mean_of_the_whole_tail()
    {
        Recipe recipe = Recipe with { Batches = 205 };
        TrainingCheckpoint? checkpoint = null;
        TrainedMask? undisturbed =
            Train([Make(0) with { OnBatches = (done, _, capture) => checkpoint = done == 200 ? capture() : checkpoint }], recipe)[0];

        Assert.Equal(undisturbed!.Loss, Train([Make(0) with { From = checkpoint }], recipe)[0]!.Loss, 1e-9);
    }

    [Fact]
    public void Given_many_batches_when_trained_then_no_tensor_outlives_its_step_and_none_the_trainer()
    {
        List<long> live = [];
        long before = Live();
        using (GroupTrainer trainer = new(TestDevice.Device))
        {
            for (int run = 0; run < 3; run++)
                trainer.Train(Network, Rule, Recipe with { Batches = 100 },
                    [Make(0) with { OnBatches = (_, _, _) => live.Add(Live()) }, Make(1)], TestContext.Current.CancellationToken);
        }

        Assert.Equal(30, live.Count);
        Assert.Single(live.Distinct());
        Assert.True(live[0] > before, "tensors are counted on this thread");
        Assert.Equal(before, Live());

        static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
    }

    [Fact]
    public void Given_tasks_that_do_not_fit_when_trained_then_the_error_names_what_does_not()
    {
        TrainingCheckpoint? checkpoint = null;
        Train([Make(0) with { OnBatches = (done, _, capture) => checkpoint ??= capture() }]);
        TrainingJob wide = new() { Data = new PermutedFamily().Make(SmallImages.Make(rows: 5), 1, 0), Index = 0 };
        TrainingJob elsewhere = new() { Data = new PermutedFamily().Make(SmallImages.Make(), 1, 0), Index = 0 };

        AssertRefused([], Recipe, "at least one task");
        AssertRefused([Make(0), wide], Recipe, "20 inputs, but network 12-9-8-6 has 12");
        AssertRefused([Make(0), elsewhere], Recipe, "one dataset");
        AssertRefused([Make(0), Make(0) with { From = checkpoint }], Recipe, "not from 0 and 10 batches");
        AssertRefused([Make(0) with { From = checkpoint }], Recipe with { Optimizer = "rmsprop" }, "checkpoint does not fit");
        AssertRefused([Make(0)], Recipe with { BatchSize = 0 }, "batchSize");
    }

    [Fact]
    public void Given_a_rule_that_compares_scores_when_a_group_is_trained_then_each_mask_is_that_of_training_alone()
    {
        IMaskRule rule = MaskRules.Get("top-k:0.5");

        TrainedMask?[] group = _trainer.Train(Network, rule, Recipe, [Make(1), Make(4)], TestContext.Current.CancellationToken);

        AssertSame(TaskTrainer.Train(Network, rule, Recipe, Make(1)), group[0]);
        AssertSame(TaskTrainer.Train(Network, rule, Recipe, Make(4)), group[1]);
    }

    [Fact]
    public void Given_libtorchs_engine_when_a_chain_is_trained_on_it_then_the_mask_is_that_of_the_kernels() =>
        AssertSame(
            TaskTrainer.Train(Network, Rule, Recipe, Make(4)),
            TaskTrainer.Train(Network, Rule, Recipe, Make(4) with { Engine = new TorchEngine(TestDevice.Device) }));

    private static void AssertSame(TrainedMask expected, TrainedMask? trained)
    {
        // Sums are rounded in another order, so a score that comes near zero may fall on either side, and what follows with it.
        Assert.InRange(Differing(expected.Mask, trained!.Mask), 0, expected.Mask.Shape.ParameterCount / 50);
        Assert.Equal(expected.Loss, trained.Loss, 0.02 * expected.Loss);
    }

    private static int Differing(TaskMask one, TaskMask other) =>
        one.Bits.ToArray().Zip(other.Bits.ToArray(), (a, b) => System.Numerics.BitOperations.PopCount((uint)(a ^ b))).Sum();

    private TaskMask Initial(int index) =>
        TaskTrainer.Train(
            Network, Rule, Recipe with { Batches = 1, LearningRate = 1e-30, FirstLayerLearningRate = null }, Make(index)).Mask;

    private ClassificationTask Data(int index) => new PermutedFamily().Make(_images, 1, index);

    private TrainingJob Make(int index) => new() { Data = Data(index), Index = index };

    private TrainedMask?[] Train(TrainingJob[] tasks, Recipe? recipe = null) =>
        _trainer.Train(Network, Rule, recipe ?? Recipe, tasks, TestContext.Current.CancellationToken);

    private void AssertRefused(TrainingJob[] tasks, Recipe recipe, string named) =>
        Assert.Contains(named, Assert.Throws<ArgumentException>(() => Train(tasks, recipe)).Message, StringComparison.Ordinal);
}
