using SupSup.Core.Datasets;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Tasks;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Training;

public sealed class ValidationTests
{
    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(12, [24], 6), 5);

    private static readonly IMaskRule Rule = MaskRules.Get("threshold");

    [Fact]
    public void Given_a_share_when_examples_are_chosen_then_it_is_held_back_of_each_class_and_no_example_is_lost()
    {
        ClassificationTask task = Skewed();

        TrainingExamples chosen = TrainingExamples.Of(task, Recipe() with { BalancedClasses = false }, 9);

        Assert.Equal([.. Enumerable.Range(0, task.TrainCount)], chosen.Train!.Concat(chosen.Validation).Order());
        Assert.Equal([10, 2, 1], Counts(task, chosen.Validation));
        Assert.Equal(chosen.Validation, TrainingExamples.Of(task, Recipe(), 9).Validation);
        Assert.NotEqual(chosen.Validation, TrainingExamples.Of(task, Recipe(), 10).Validation);
    }

    [Fact]
    public void Given_rare_classes_when_balanced_then_their_examples_are_repeated_but_no_more_than_ten_times()
    {
        ClassificationTask task = Skewed();

        TrainingExamples chosen = TrainingExamples.Of(task, Recipe() with { ValidationShare = 0, Patience = 0 }, 9);

        Assert.Empty(chosen.Validation);
        Assert.Equal([100, 100, 60], Counts(task, chosen.Train!));
        Assert.Equal(task.TrainCount, chosen.Train!.Distinct().Count());
    }

    [Fact]
    public void Given_a_recipe_that_asks_for_neither_when_trained_then_every_example_is_seen_once_an_epoch_as_ever()
    {
        TrainingExamples chosen = TrainingExamples.Of(Skewed(), Recipes.Get("fast"), 9);

        Assert.Null(chosen.Train);
        Assert.Empty(chosen.Validation);
    }

    [Fact]
    public void Given_a_training_that_validates_when_it_ends_then_its_mask_is_the_last_that_is_not_clearly_worse_than_the_best()
    {
        ClassificationTask task = Skewed();
        List<ValidatedMask> best = [];

        TrainedMask trained = Train(task, Recipe(), onBest: best.Add);

        ValidatedMask last = best[^1];
        Assert.Equal(last.Bits, trained.Mask.Bits.ToArray());
        Assert.Equal(best.Max(one => one.Accuracy), last.Accuracy);
        Assert.Equal(last.Loss, trained.Loss);
        Assert.Equal(200 - (4 * last.Since), last.Batches);
    }

    [Fact]
    public void Given_masks_that_are_clearly_worse_when_patience_ends_then_training_stops_early()
    {
        // The images are noise: nothing that is learned of them holds for others.
        int batches = 0;
        Recipe hopeless = Recipe() with { Batches = 5000, Patience = 3, ValidationShare = 0.5 };
        TrainedMask stopped = Train(Skewed(), hopeless, onBatch: done => batches = done);

        Assert.InRange(batches, 300, 4900);
        Assert.True(stopped.Loss > 0);
    }

    [Fact]
    public void Given_a_training_that_trains_again_when_it_ends_then_its_mask_has_seen_all_examples_for_as_many_batches()
    {
        ClassificationTask task = Skewed();
        List<ValidatedMask> best = [];
        Recipe recipe = Recipe() with { TrainsAgain = true };

        TrainedMask again = Train(task, recipe, onBest: best.Add);

        int batches = best[^1].Batches, done = 0;
        byte[] expected = [];
        using CancellationTokenSource stop = new();
        void OnBatches(int at, float loss, Func<TrainingCheckpoint> capture)
        {
            if (at != batches) return;
            using TrainingSession there = new(Network, Rule, recipe.WithoutValidation(), capture());
            (expected, done) = (there.Mask().Bits.ToArray(), at);
        }

        TaskTrainer.Train(Network, Rule, recipe.WithoutValidation(), new TrainingJob { Data = task, Index = 2, OnBatches = OnBatches });
        Assert.Equal(batches, done);
        Assert.Equal(expected, again.Mask.Bits.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Given_a_training_that_validates_when_it_ends_then_its_evidence_is_spread_as_that_of_examples_not_seen(bool again)
    {
        ClassificationTask task = Skewed();
        List<ValidatedMask> best = [];

        TrainedMask trained = Train(task, Recipe() with { TrainsAgain = again }, onBest: best.Add);

        EvidenceProfile unseen = Unseen(task, new TaskMask(Network.Shape, best[^1].Bits));
        EvidenceProfile usual = trained.UsualEvidence!;
        double bias = unseen.Mean - usual.Mean;
        Assert.Equal(UsualEvidence.Of(Network, trained.Mask, task).Mean, usual.Mean);
        Assert.Equal(Math.Sqrt((unseen.Deviation * unseen.Deviation) + (bias * bias)), usual.Deviation, 1e-9);
        Assert.NotEqual(0, bias);
    }

    [Fact]
    public void Given_a_hundred_examples_held_back_when_trained_then_quantiles_are_of_them()
    {
        Dataset noise = SmallImages.Make(train: 1200);
        ClassificationTask task = new WholeFamily().Make(noise, 0, 0);

        TrainedMask trained = Train(task, Recipe());

        EvidenceProfile unseen = Unseen(task, trained.Mask);
        Assert.NotEmpty(unseen.Quantiles);
        Assert.Equal(unseen.Quantiles, trained.UsualEvidence!.Quantiles);
        Assert.Empty(Train(Skewed(), Recipe()).UsualEvidence!.Quantiles);
    }

    [Fact]
    public void Given_a_second_training_that_was_shorter_when_resumed_at_its_last_batch_then_loss_and_mask_are_the_same()
    {
        ClassificationTask task = Skewed();
        Recipe recipe = Recipe() with { Batches = 5000, Patience = 3, ValidationShare = 0.5, TrainsAgain = true };
        TrainingCheckpoint? last = null;

        TrainedMask whole = TaskTrainer.Train(Network, Rule, recipe, new TrainingJob
        {
            Data = task,
            Index = 2,
            OnBatches = (done, _, capture) =>
            {
                if (done % 10 == 0) last = capture();
            },
        });

        Assert.InRange(last!.Best!.Batches, 1, 4900);
        Assert.Equal(last.Best.Batches, last.BatchesDone);
        TrainedMask resumed = TaskTrainer.Train(Network, Rule, recipe, new TrainingJob { Data = task, Index = 2, From = last });
        Assert.Equal(whole.Mask.Bits.ToArray(), resumed.Mask.Bits.ToArray());
        Assert.Equal(whole.Loss, resumed.Loss);
        Assert.True(double.IsFinite(whole.Loss));
    }

    [Fact]
    public void Given_a_checkpoint_that_lost_what_validation_found_when_resumed_then_the_search_begins_anew()
    {
        ClassificationTask task = Skewed();
        Recipe recipe = Recipe() with { TrainsAgain = true };
        List<TrainingCheckpoint> kept = [];
        TrainedMask whole = TaskTrainer.Train(Network, Rule, recipe, new TrainingJob
        {
            Data = task,
            Index = 2,
            OnBatches = (done, _, capture) =>
            {
                if (done is 130 or 200 or 250) kept.Add(capture() with { Best = null, BatchesBefore = 0 });
            },
        });

        Assert.All(kept, lost => Assert.Equal(
            whole.Mask.Bits.ToArray(),
            TaskTrainer.Train(Network, Rule, recipe, new TrainingJob { Data = task, Index = 2, From = lost }).Mask.Bits.ToArray()));
        Assert.Equal(3, kept.Count);
    }

    [Theory]
    [InlineData(false, 31)]
    [InlineData(false, 130)]
    [InlineData(true, 130)]
    [InlineData(true, 200)]
    [InlineData(true, 241)]
    public void Given_a_training_that_validates_when_cut_off_and_resumed_then_the_mask_is_the_same_to_the_bit(bool again, int cut)
    {
        ClassificationTask task = Skewed();
        Recipe recipe = Recipe() with { TrainsAgain = again };
        TrainedMask whole = Train(task, recipe);
        TrainingCheckpoint? at = null;
        using CancellationTokenSource stop = new();
        Assert.Throws<OperationCanceledException>(() => TaskTrainer.Train(Network, Rule, recipe, new TrainingJob
        {
            Data = task,
            Index = 2,
            Stop = stop.Token,
            OnBatches = (done, _, capture) =>
            {
                if (done != cut) return;
                at = capture();
                stop.Cancel();
            },
        }));

        Assert.Equal(cut, at!.Position);
        List<int> seen = [];
        TrainedMask resumed = TaskTrainer.Train(Network, Rule, recipe, new TrainingJob
        {
            Data = task,
            Index = 2,
            From = at,
            OnBatches = (done, _, _) => seen.Add(done),
        });

        Assert.Equal(cut + 1, seen[0]);
        Assert.Equal(whole.Mask.Bits.ToArray(), resumed.Mask.Bits.ToArray());
        Assert.Equal(whole.Loss, resumed.Loss);
        Assert.Equal(whole.UsualEvidence!.Mean, resumed.UsualEvidence!.Mean);
    }

    [Theory]
    [InlineData(-0.1, 0, "validationShare")]
    [InlineData(0.6, 0, "validationShare")]
    [InlineData(0.1, -1, "patience")]
    [InlineData(0, 2, "needs examples to validate on")]
    public void Given_settings_out_of_range_when_validated_then_the_error_names_them(double share, int patience, string named) =>
        Assert.Contains(named, Assert.Throws<ArgumentException>(
            () => (Recipe() with { ValidationShare = share, Patience = patience }).Validated()).Message, StringComparison.Ordinal);

    [Fact]
    public void Given_a_recipe_that_trains_again_but_does_not_validate_when_validated_then_the_error_says_what_to_set() =>
        Assert.Contains("validationShare", Assert.Throws<ArgumentException>(
            () => (Recipes.Get("fast") with { TrainsAgain = true }).Validated()).Message, StringComparison.Ordinal);

    private static Recipe Recipe() => Recipes.Get("fast") with
    {
        Batches = 200,
        BatchSize = 16,
        ValidationShare = 0.1,
        BalancedClasses = true,
    };

    private static TrainedMask Train(
        ClassificationTask task, Recipe recipe, Action<ValidatedMask>? onBest = null, Action<int>? onBatch = null) =>
        TaskTrainer.Train(Network, Rule, recipe, new TrainingJob
        {
            Data = task,
            Index = 2,
            OnBatches = (done, _, capture) =>
            {
                onBatch?.Invoke(done);
                if (onBest is not null && capture().Best is { } best) onBest(best);
            },
        });

    private static EvidenceProfile Unseen(ClassificationTask task, TaskMask mask)
    {
        int[] held = TrainingExamples.Of(task, Recipe(), TaskSeed.Derive(Network.Seed, 2)).Validation;
        float[] inputs = new float[held.Length * task.Inputs];
        task.FillTrain(held, inputs, new int[held.Length]);
        return UsualEvidence.Of(Network, mask, inputs, task.Classes);
    }

    private static int[] Counts(ClassificationTask task, int[] examples) =>
        [.. Enumerable.Range(0, 3).Select(label => examples.Count(example => task.TrainLabel(example) == label))];

    // 100, 20 and 6 examples of three classes.
    private static ClassificationTask Skewed()
    {
        Dataset noise = SmallImages.Make(train: 126);
        int[] labels = [.. Enumerable.Range(0, 126).Select(n => n < 100 ? 0 : n < 120 ? 1 : 2)];
        return new WholeFamily().Make(new("skewed", noise.Train.WithLabels(labels), noise.Test, 3, noise.Normalization), 0, 0);
    }
}
