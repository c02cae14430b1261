using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Reference;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Training;

public sealed class TrainingSessionTests
{
    private const ulong TaskSeed = 77;

    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(40, [30, 20], 25), 3);

    // Rates so large that a step turns a few percent of the mask.
    [Theory]
    [InlineData("adam", "constant", null)]
    [InlineData("adam", "constant", 0.02)]
    [InlineData("adam", "cosine", null)]
    [InlineData("adam", "cosine", 0.02)]
    [InlineData("rmsprop", "constant", null)]
    [InlineData("rmsprop", "constant", 0.001)]
    [InlineData("rmsprop", "cosine", null)]
    [InlineData("rmsprop", "cosine", 0.001)]
    public void Given_a_recipe_when_trained_for_five_batches_then_losses_and_masks_are_those_of_autograd(
        string optimizer, string schedule, double? first)
    {
        Recipe recipe = Make(optimizer, schedule, optimizer == "adam" ? 0.01 : 0.003, first, batches: 6);

        AssertSameAsAutograd(recipe, batchSizes: [16, 16, 16, 16, 16]);
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("rmsprop")]
    public void Given_batches_of_other_sizes_in_between_when_trained_then_losses_and_masks_are_those_of_autograd(string optimizer) =>
        AssertSameAsAutograd(Make(optimizer, "constant", 0.003, null, batches: 6), batchSizes: [16, 5, 1, 40, 16]);

    [Fact]
    public void Given_a_new_session_when_nothing_is_trained_then_the_mask_is_the_sign_of_the_initial_scores()
    {
        using var session = new TrainingSession(Network, new ThresholdMaskRule(), Make("adam", "constant", 1e-3, null, 1), TaskSeed);
        TaskMask mask = session.Mask();

        for (int l = 0; l < 3; l++)
        {
            float[] scores = new float[Network.Shape.Layers[l].Count];
            InitialScores.Fill(Network.Shape.Layers[l], l, TaskSeed, scores);
            Assert.Equal(scores.Select(score => score >= 0), Kept(mask, l));
        }
    }

    [Fact]
    public void Given_the_same_batch_again_and_again_when_trained_then_the_loss_falls_far()
    {
        using var session = new TrainingSession(Network, new ThresholdMaskRule(), Make("adam", "constant", 5e-3, null, 100), TaskSeed);
        (float[] inputs, int[] labels) = Batch(16, 1);

        float first = session.Step(inputs, labels);
        float last = first;
        for (int i = 0; i < 99; i++)
            last = session.Step(inputs, labels);

        Assert.True(last < first / 5, $"{first} -> {last}");
        Assert.Equal(100, session.BatchesDone);
    }

    [Fact]
    public void Given_a_label_that_is_no_output_when_stepped_then_the_error_names_it_and_nothing_has_changed()
    {
        using var session = new TrainingSession(Network, new ThresholdMaskRule(), Make("adam", "constant", 1e-2, null, 5), TaskSeed);
        byte[] before = session.Mask().Bits.ToArray();

        foreach (int label in new[] { 25, -1, int.MaxValue })
        {
            var error = Assert.Throws<ArgumentException>(() => session.Step(new float[80], [0, label]));
            Assert.Contains($"label {label} ", error.Message, StringComparison.Ordinal);
            Assert.Contains("25 outputs", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, session.BatchesDone);
        Assert.Equal(before, session.Mask().Bits.ToArray());
    }

    [Theory]
    [InlineData(79, 2, "80 input values, not 79")]
    [InlineData(81, 2, "80 input values, not 81")]
    [InlineData(40, 0, "0 labels")]
    [InlineData(0, 0, "0 labels")]
    public void Given_lengths_that_disagree_when_stepped_then_the_error_names_them(int values, int labels, string named)
    {
        using var session = new TrainingSession(Network, new ThresholdMaskRule(), Make("adam", "constant", 1e-2, null, 5), TaskSeed);

        var error = Assert.Throws<ArgumentException>(() => session.Step(new float[values], new int[labels]));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_a_recipe_that_is_not_valid_when_started_then_refused() =>
        Assert.Throws<ArgumentException>(
            () => new TrainingSession(Network, new ThresholdMaskRule(), Make("adam", "constant", 0, null, 5), TaskSeed));

    private static void AssertSameAsAutograd(Recipe recipe, int[] batchSizes)
    {
        using var session = new TrainingSession(Network, new ThresholdMaskRule(), recipe, TaskSeed);
        using var network = new SupermaskNetwork(Network);
        using var reference = new MaskTraining(network, recipe, TaskSeed);
        TaskMask initial = session.Mask();

        for (int step = 0; step < batchSizes.Length; step++)
        {
            (float[] inputs, int[] labels) = Batch(batchSizes[step], step);
            using Tensor inputTensor = network.Inputs(inputs);
            using Tensor labelTensor = tensor([.. labels.Select(label => (long)label)]);
            float expected = reference.Step(inputTensor, labelTensor);

            float loss = session.Step(inputs, labels);

            Assert.Equal(expected, loss, 1e-5 * expected);
            AssertSameMask(reference, session.Mask());
        }

        // Else the masks would agree because nothing was learned.
        for (int l = 0; l < 3; l++)
            Assert.True(
                Kept(initial, l).Zip(Kept(session.Mask(), l)).Count(pair => pair.First != pair.Second) >= 10, $"layer {l} hardly changed");
    }

    private static void AssertSameMask(MaskTraining reference, TaskMask mask)
    {
        for (int l = 0; l < 3; l++)
        {
            float[] scores = [.. reference.Scores[l].data<float>()];
            bool[] kept = Kept(mask, l);
            int close = scores.Count(score => Math.Abs(score) < 1e-6);
            Assert.True(close <= 2, $"{close} scores of layer {l} are too close to zero to tell");
            for (int n = 0; n < kept.Length; n++)
                Assert.True(kept[n] == scores[n] >= 0
                    || Math.Abs(scores[n]) < 1e-6, $"weight {n} of layer {l}: score {scores[n]}, kept: {kept[n]}");
        }
    }

    private static bool[] Kept(TaskMask mask, int layer)
    {
        int columns = mask.Shape.Layers[layer].FanIn;
        return [.. Enumerable.Range(0, mask.Shape.Layers[layer].Count).Select(n => mask[layer, n / columns, n % columns])];
    }

    private static (float[] Inputs, int[] Labels) Batch(int rows, int seed)
    {
        float[] inputs = RandomData.Floats(rows * Network.Plan.Inputs, seed, scale: 2);
        return (inputs, [.. Enumerable.Range(0, rows).Select(row => (row * 7 + seed) % Network.Plan.Outputs)]);
    }

    private static Recipe Make(string optimizer, string schedule, double rate, double? first, int batches) => new()
    {
        Name = "test",
        Optimizer = optimizer,
        Schedule = schedule,
        LearningRate = rate,
        FirstLayerLearningRate = first,
        Batches = batches,
        BatchSize = 16,
    };
}
