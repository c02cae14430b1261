using System.Collections.Immutable;
using SupSup.Core.Datasets;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Reservoirs;
using SupSup.Core.Tasks;

namespace SupSup.Core.Tests.Reservoirs;

public sealed class GainRecoveryTests
{
    private const int Tasks = 3;

    private static readonly GainWeights Weights = new(
        new FixedNetwork(Plans.Of("flatten-160-normbatch-swish-160-normbatch-swish", new PlaneShape(1, 6, 6), 4), 5));

    private static readonly Dataset Images = Draw();

    [Fact]
    public void Given_tasks_whose_masks_lie_in_reservoirs_when_their_images_come_then_the_masks_are_recovered()
    {
        GainMask[] masks = [.. Enumerable.Range(0, Tasks).Select(Learn)];
        ImmutableArray<Reservoir> reservoirs = Store(masks);
        RecoverySettings settings = new() { Rule = RecoveryRule.Projection, Steps = 12, Rate = 0.3, BatchSize = 32, Decay = 0 };
        using GainNetwork network = new(Weights, 32);
        for (int task = 0; task < Tasks; task++)
        {
            ClassificationTask data = Task(task);
            int[] order = [.. Enumerable.Range(0, data.TestCount)];
            int steps = 0;

            GainMask found = new GainRecovery(network, reservoirs, settings)
                .Recover(data, order, (step, _) => steps = step, TestContext.Current.CancellationToken);

            Assert.Equal(12, steps);
            Assert.Equal(masks[task], found);
            Assert.True(GainTraining.Correct(network, found, data, order, 32).Average(right => right ? 1.0 : 0) > 0.8);
        }

        Assert.NotEqual(masks[0], masks[1]);
    }

    [Fact]
    public void Given_few_images_of_a_task_when_its_mask_is_sought_then_the_stored_one_is_found_and_called_by_its_task()
    {
        GainMask[] masks = [.. Enumerable.Range(0, Tasks).Select(Learn)];
        ImmutableArray<Reservoir> reservoirs = Store(masks, StorageRule.Projection);
        using GainNetwork network = new(Weights, GainSearch.EnoughRows);
        GainSearch search = new(network, reservoirs, [.. masks.Select((mask, n) => new StoredGains(10 + n, mask.Fingerprints()))]);
        for (int task = 0; task < Tasks; task++)
        {
            float[] inputs = Task(task).Test(0, GainSearch.FewestRows).Inputs;

            FoundGains found = search.Find(inputs, GainSearch.FewestRows, TestContext.Current.CancellationToken);

            Assert.Equal((10 + task, masks[task]), (found.Task, found.Mask));
            Assert.Equal(found, search.Find(inputs, GainSearch.FewestRows, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void Given_masks_whose_fingerprints_are_others_when_sought_then_the_answer_says_that_it_is_none_of_them()
    {
        GainMask[] masks = [.. Enumerable.Range(0, Tasks).Select(Learn)];
        using GainNetwork network = new(Weights, 20);
        float[] inputs = Task(0).Test(0, 20).Inputs;
        ImmutableArray<Reservoir> reservoirs = Store(masks[..2], StorageRule.Projection);
        GainSearch search = new(network, reservoirs, [new StoredGains(0, masks[2].Fingerprints())]);

        FoundGains found = search.Find(inputs, 20, TestContext.Current.CancellationToken);

        Assert.Null(found.Task);
        Assert.Contains("16 images of one task or more, not from 15", Assert.Throws<ArgumentException>(
            () => search.Find(inputs.AsSpan(0, 15 * 36), 15, TestContext.Current.CancellationToken)).Message);
        Assert.Contains("nothing is stored", Assert.Throws<ArgumentException>(
            () => new GainSearch(network, reservoirs, []).Find(inputs, 20, TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void Given_few_data_when_a_recipe_is_made_for_them_then_it_has_batches_enough()
    {
        GainRecipe recipe = new() { BatchSize = 32 };
        int batches = 0;

        GainTraining.Train(
            Weights, Task(0), recipe.For(800) with { Batches = 7 }, 1, (share, _) => batches += (int)Math.Round(7 * share),
            TestContext.Current.CancellationToken);

        Assert.Equal(7, batches);
        Assert.Equal(100, recipe.For(800).Batches);
        Assert.Equal(188, recipe.For(6001).Batches);
    }

    [Fact]
    public void Given_the_papers_rule_when_followed_then_every_step_is_that_of_the_formula()
    {
        GainMask[] masks = [.. Enumerable.Range(0, Tasks).Select(Learn)];
        ImmutableArray<Reservoir> reservoirs = Store(masks);
        RecoverySettings settings = new() { BatchSize = 32, Steps = 3, Rate = 40 };
        using GainNetwork network = new(Weights, 32);
        ClassificationTask data = Task(1);
        int[] order = [.. Enumerable.Range(0, data.TestCount)];
        List<GainMask> found = [];
        new GainRecovery(network, reservoirs, settings)
            .Recover(data, order, (_, mask) => found.Add(mask), TestContext.Current.CancellationToken);

        double[][] scores = [.. reservoirs.Select(each => each.Mean().Select(value => (double)value).ToArray())];
        double[][] velocity = [.. scores.Select(layer => new double[layer.Length])];
        for (int step = 1; step <= 3; step++)
        {
            GainMask mask = GainMask.Of(scores.Select(layer => layer.Select(score => (float)score).ToArray()));
            network.Set(mask);
            network.Forward(data.Test((step - 1) * 32, 32).Inputs, 32);
            network.Differentiate(new Core.Inference.EntropyObjective());
            for (int l = 0; l < scores.Length; l++)
            {
                float[] z = mask.Signs(l);
                for (int n = 0; n < z.Length; n++)
                {
                    double field = 0;
                    for (int j = 0; j < z.Length; j++) field += reservoirs[l].Weights(n)[j] * z[j];
                    double gradient = ((1 - (step / 3.0)) * network.Gradient(l)[n]) - (1.5e-3 * step / 3.0 * 2 * field);
                    velocity[l][n] = (0.9 * velocity[l][n]) + gradient + (1e-4 * scores[l][n]);
                }

                for (int n = 0; n < z.Length; n++) scores[l][n] -= 40 * velocity[l][n];
            }

            // A score that rounding may take across 0 is allowed for.
            GainMask expected = GainMask.Of(scores.Select(layer => layer.Select(score => (float)score).ToArray()));
            Assert.InRange(found[step - 1].Distance(expected), 0, 2);
        }

        Assert.True(found[0].Distance(found[2]) > 2);
    }

    [Fact]
    public void Given_a_training_when_repeated_then_the_mask_is_the_same() => Assert.Equal(Learn(0), Learn(0));

    private static ImmutableArray<Reservoir> Store(GainMask[] masks, StorageRule rule = StorageRule.Storkey)
    {
        ImmutableArray<Reservoir> reservoirs = [.. Weights.Channels.Select(channels => new Reservoir(channels, rule))];
        foreach (GainMask mask in masks)
            for (int l = 0; l < reservoirs.Length; l++) reservoirs[l].Store(mask.Signs(l));
        return reservoirs;
    }

    private static ClassificationTask Task(int index) => new PermutedFamily().Make(Images, 3, index);

    private static GainMask Learn(int task) => GainTraining.Train(
        Weights, Task(task), new GainRecipe { BatchSize = 32, Epochs = 3 }, TaskSeed.Derive(5, task), null,
        TestContext.Current.CancellationToken).Mask;

    private static Dataset Draw()
    {
        System.Random random = new(6);
        byte[][] shapes = [.. Enumerable.Range(0, 4)
            .Select(_ => Enumerable.Range(0, 36).Select(_ => (byte)(random.Next(3) == 0 ? 200 : 0)).ToArray())];
        return new Dataset("shapes", Set(800), Set(320), 4, new Normalization(0.25f, 0.4f));

        ExampleSet Set(int count)
        {
            int[] labels = [.. Enumerable.Range(0, count).Select(n => n % 4)];
            byte[] pixels = [.. labels.SelectMany(
                label => shapes[label].Select(pixel => random.Next(5) == 0 ? (byte)random.Next(200) : pixel))];
            return new ExampleSet(new ExampleShape.Pixels(1, 6, 6), pixels, labels);
        }
    }
}
