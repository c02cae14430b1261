using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Reference;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Training;

public sealed class TopKTrainingTests
{
    private const ulong TaskSeed = 77;

    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(40, [30, 20], 25), 3);

    [Theory]
    [InlineData("top-k:0.5", "adam")]
    [InlineData("top-k:0.5", "rmsprop")]
    [InlineData("top-k:er-4", "adam")]
    [InlineData("top-k:er-4", "rmsprop")]
    public void Given_the_rule_when_trained_then_losses_masks_and_all_scores_are_those_of_autograd(string rule, string optimizer)
    {
        Recipe recipe = new()
        {
            Name = "test",
            Optimizer = optimizer,
            Schedule = "constant",
            LearningRate = optimizer == "adam" ? 0.01 : 0.003,
            Batches = 8,
            BatchSize = 16,
        };
        using var session = new TrainingSession(Network, MaskRules.Get(rule), recipe, TaskSeed);
        TrainingCheckpoint before = session.Capture();
        TaskMask initial = session.Mask();
        using var network = new SupermaskNetwork(Network);
        using var reference = new MaskTraining(network, recipe, TaskSeed, scores => StraightThrough.TopK(
            scores, rule == "top-k:0.5" ? 0.5 : Math.Min(0.5, 4.0 * (scores.shape[0] + scores.shape[1]) / scores.numel())));

        for (int step = 0; step < 6; step++)
        {
            float[] inputs = RandomData.Floats(16 * 40, step, scale: 2);
            int[] labels = [.. Enumerable.Range(0, 16).Select(row => ((row * 7) + step) % 25)];
            using Tensor inputTensor = network.Inputs(inputs);
            using Tensor labelTensor = tensor([.. labels.Select(label => (long)label)]);
            float expected = reference.Step(inputTensor, labelTensor);

            Assert.Equal(expected, session.Step(inputs, labels), 1e-5 * expected);
        }

        for (int l = 0; l < 3; l++)
        {
            float[] trained = session.Capture().Scores[l];
            float[] expected = [.. reference.Scores[l].data<float>()];
            bool[] kept = [.. reference.Mask()[l].data<float>().Select(value => value != 0)];
            bool[] keptBefore = Kept(initial, l);
            Assert.Equal(kept, Kept(session.Mask(), l));
            for (int n = 0; n < trained.Length; n++) Assert.Equal(expected[n], trained[n], 1e-4f);
            Assert.True(kept.Zip(keptBefore).Count(pair => pair.First != pair.Second) >= 10, $"the mask of layer {l} hardly changed");
            Assert.Contains(Enumerable.Range(0, kept.Length), n => !kept[n] && !keptBefore[n] && trained[n] != before.Scores[l][n]);
        }
    }

    private static bool[] Kept(TaskMask mask, int layer)
    {
        int columns = mask.Shape.Layers[layer].FanIn;
        return [.. Enumerable.Range(0, mask.Shape.Layers[layer].Count).Select(n => mask[layer, n / columns, n % columns])];
    }
}
