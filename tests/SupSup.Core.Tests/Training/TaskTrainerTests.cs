using SupSup.Core.Datasets;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Tasks;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Training;

public sealed class TaskTrainerTests
{
    private static readonly FixedNetwork Network = new(new NetworkShape(12, [8], 6), 1);
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

        Assert.Contains("20 inputs, network 12-8-6 takes 12", inputs.Message, StringComparison.Ordinal);
        Assert.Contains("7 classes, network 12-8-6 has 6 outputs", classes.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_a_recipe_that_is_not_valid_when_trained_then_refused() =>
        Assert.Throws<ArgumentException>(() => Train(SmallImages.Make(), Ignore, Recipe with { BatchSize = 0 }));

    private static TrainedMask Train(
        ImageDataset dataset, Action<int, float> onBatch, Recipe? recipe = null, CancellationTokenSource? stopped = null) =>
        TaskTrainer.Train(
            Network, new ThresholdMaskRule(), recipe ?? Recipe, new PermutedFamily().Make(dataset, 1, 0), 0, onBatch,
            stopped?.Token ?? TestContext.Current.CancellationToken);

    private static void Ignore(int done, float loss)
    {
    }
}
