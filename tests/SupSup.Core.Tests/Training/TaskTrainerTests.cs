using SupSup.Core.Datasets;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Tasks;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Training;

public sealed class TaskTrainerTests
{
    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(12, [8], 6), 1);
    private static readonly Recipe Recipe = Recipes.Get("fast") with { Batches = 25, BatchSize = 16 };

    [Fact]
    public void Given_a_recipe_when_trained_then_each_batch_is_reported_and_the_loss_is_the_mean_of_the_last_tenth()
    {
        List<(int Done, float Loss)> reported = [];

        TrainedMask trained = Train(SmallImages.Make(), (done, loss) => reported.Add((done, loss)));

        Assert.Equal(Enumerable.Range(1, 25), reported.Select(batch => batch.Done));
        Assert.Equal(reported.TakeLast(2).Average(batch => (double)batch.Loss), trained.Loss, 1e-12);
        Assert.Equal(Network.Shape, trained.Mask.Shape);
        Assert.True(trained.Duration > TimeSpan.Zero);
    }

    [Fact]
    public void Given_fewer_batches_than_ten_when_trained_then_the_loss_is_that_of_the_last()
    {
        float last = 0;

        TrainedMask trained = Train(SmallImages.Make(), (_, loss) => last = loss, Recipe with { Batches = 3 });

        Assert.Equal(last, trained.Loss);
    }

    [Fact]
    public void Given_training_under_way_when_cancelled_then_it_stops_before_the_next_batch()
    {
        using var stop = new CancellationTokenSource();
        int batches = 0;

        Assert.Throws<OperationCanceledException>(() => Train(
            SmallImages.Make(),
            (done, _) =>
            {
                batches = done;
                if (done == 3)
                    stop.Cancel();
            },
            stopped: stop));

        Assert.Equal(3, batches);
    }

    [Fact]
    public void Given_data_that_do_not_fit_the_network_when_trained_then_the_error_names_both_sizes()
    {
        var inputs = Assert.Throws<ArgumentException>(() => Train(SmallImages.Make(rows: 5), Ignore));
        var classes = Assert.Throws<ArgumentException>(() => Train(SmallImages.Make(classes: 7), Ignore));

        Assert.Contains("20 inputs, but network 12-8-6 has 12", inputs.Message, StringComparison.Ordinal);
        Assert.Contains("7 classes, but network 12-8-6 has 6 outputs", classes.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_a_recipe_that_is_not_valid_when_trained_then_refused() =>
        Assert.Throws<ArgumentException>(() => Train(SmallImages.Make(), Ignore, Recipe with { BatchSize = 0 }));

    [Theory]
    [InlineData("adam", 1)]
    [InlineData("adam", 17)]
    [InlineData("rmsprop", 19)]
    public void Given_a_checkpoint_when_training_goes_on_from_it_then_mask_and_loss_are_those_of_an_undisturbed_run(
        string optimizer, int batches)
    {
        Recipe recipe = Recipe with { Optimizer = optimizer, Batches = 20 };
        ClassificationTask task = new PermutedFamily().Make(SmallImages.Make(), 1, 0);
        TrainingCheckpoint? checkpoint = null;
        TrainingJob job = new()
        {
            Data = task,
            Index = 0,
            OnBatches = (at, _, capture) => checkpoint = at == batches ? capture() : checkpoint,
        };
        TrainedMask undisturbed = TaskTrainer.Train(Network, new ThresholdMaskRule(), recipe, job);
        List<int> done = [];
        TrainedMask resumed = TaskTrainer.Train(
            Network, new ThresholdMaskRule(), recipe, job with { From = checkpoint, OnBatches = (at, _, _) => done.Add(at) });
        Assert.Equal(Enumerable.Range(batches + 1, 20 - batches), done);
        Assert.True(undisturbed.Mask.Bits.Span.SequenceEqual(resumed.Mask.Bits.Span));
        Assert.Equal(undisturbed.Loss, resumed.Loss);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.2)]
    public void Given_images_that_are_augmented_when_training_goes_on_from_a_checkpoint_then_the_mask_is_that_of_an_undisturbed_run(
        double validation)
    {
        Recipe recipe = Recipe with { Augmentation = "crop:1+flip", ValidationShare = validation, TrainsAgain = validation > 0 };
        TrainingCheckpoint? checkpoint = null;
        TrainingJob job = new()
        {
            Data = new WholeFamily().Make(SmallImages.Make(), 1, 0),
            Index = 3,
            OnBatches = (at, _, capture) => checkpoint = at == 17 ? capture() : checkpoint,
        };

        TrainedMask undisturbed = TaskTrainer.Train(Network, new ThresholdMaskRule(), recipe, job);
        TrainedMask resumed = TaskTrainer.Train(Network, new ThresholdMaskRule(), recipe, job with { From = checkpoint, OnBatches = null });
        TrainedMask plain = TaskTrainer.Train(Network, new ThresholdMaskRule(), recipe with { Augmentation = null }, job);

        Assert.True(undisturbed.Mask.Bits.Span.SequenceEqual(resumed.Mask.Bits.Span));
        Assert.Equal(undisturbed.Loss, resumed.Loss);
        Assert.False(undisturbed.Mask.Bits.Span.SequenceEqual(plain.Mask.Bits.Span));
    }

    [Fact]
    public void Given_permuted_images_when_trained_by_a_recipe_that_augments_then_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => Train(SmallImages.Make(), Ignore, Recipe with { Augmentation = "flip" }));

        Assert.Contains("augmentation 'flip' does not fit noise", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_a_checkpoint_of_another_optimizer_when_training_goes_on_then_refused()
    {
        using TrainingSession session = new(Network, new ThresholdMaskRule(), Recipe with { Optimizer = "adam" }, 1);
        var error = Assert.Throws<ArgumentException>(
            () => new TrainingSession(Network, new ThresholdMaskRule(), Recipe with { Optimizer = "rmsprop" }, session.Capture()));
        Assert.Contains("rmsprop", error.Message, StringComparison.Ordinal);
    }

    private static TrainedMask Train(
        Dataset dataset, Action<int, float> onBatch, Recipe? recipe = null, CancellationTokenSource? stopped = null) =>
        TaskTrainer.Train(Network, new ThresholdMaskRule(), recipe ?? Recipe, new TrainingJob
        {
            Data = new PermutedFamily().Make(dataset, 1, 0),
            Index = 0,
            OnBatches = (done, loss, _) => onBatch(done, loss),
            Stop = stopped?.Token ?? TestContext.Current.CancellationToken,
        });

    private static void Ignore(int done, float loss)
    {
    }
}
