using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.TaskInference;
using SupSup.Reference;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.TaskInference;

/// <summary>Gradients at any coefficients, and the descent along them, beside libtorch's autograd.</summary>
public sealed class OptimizedInferenceTests
{
    private const int Classes = 5;
    private const int Tasks = 9;

    private static readonly FixedNetwork Dense = new(NetworkPlan.Dense(37, [19, 11], 13), 4);
    private static readonly FixedNetwork Pictures = new(Plans.Parse("conv6-normbatch-relu-max2-conv8-normbatch-relu-average/3x8x8-7"), 3);

    [Theory]
    [InlineData("H", LayerSelection.All, 1)]
    [InlineData("G", LayerSelection.All, 1)]
    [InlineData("H", LayerSelection.First, 1)]
    [InlineData("G", LayerSelection.First, 3)]
    [InlineData("H", LayerSelection.All, 3)]
    public void Given_uneven_coefficients_when_masks_are_scored_then_each_score_is_minus_the_autograd_derivative(
        string objective, LayerSelection layers, int images)
    {
        TaskMask[] masks = RandomData.Masks(Dense.Shape, Tasks, 3);
        float[] coefficients = Uneven();
        float[] inputs = RandomData.Floats(images * 37, 8, scale: 2);
        using MaskMixture mixture = new(Dense, Classes, Settings(objective, layers) with { ImagesPerQuery = images });

        // Twice, since buffers are used again.
        _ = mixture.Scores(masks, new float[Tasks], inputs);
        float[] scores = mixture.Scores(masks, coefficients, inputs);

        using SupermaskNetwork network = new(Dense, ScalarType.Float64);
        using SuperimposedMasks superimposed = new(network, [.. masks.Select(network.Unpack)]);
        using Tensor rows = network.Inputs(inputs);
        double[] expected = superimposed.GradientAt(
            [.. coefficients.Select(each => (double)each)], rows, Objective(objective), layers == LayerSelection.First);
        double largest = expected.Max(Math.Abs);
        Assert.True(largest > 1e-2, $"the derivatives are too small to tell anything: {largest}");
        for (int task = 0; task < Tasks; task++) Assert.Equal(-expected[task], scores[task], 1e-5 * largest);
    }

    [Fact]
    public void Given_a_network_over_pictures_when_masks_are_scored_then_each_score_is_the_slope_over_its_coefficient()
    {
        const float Step = 2e-3f;
        TaskMask[] masks = RandomData.Masks(Pictures.Shape, Tasks, 3);
        float[] coefficients = Uneven();
        float[] inputs = RandomData.Floats(4 * Pictures.Plan.Inputs, 8);
        using MaskMixture mixture = new(Pictures, Classes, Settings("H", LayerSelection.All));

        float[] scores = mixture.Scores(masks, coefficients, inputs);

        for (int task = 0; task < Tasks; task++)
        {
            double slope = (Entropy(task, Step) - Entropy(task, -Step)) / (2 * Step);
            Assert.Equal(-slope, scores[task], 0.02 * Math.Max(0.05, Math.Abs(slope)));
        }

        double Entropy(int changed, float by)
        {
            float[] moved = [.. coefficients.Select((each, task) => task == changed ? each + by : each)];
            float[][] weights = [.. Pictures.Shape.Layers.Select(layer => new float[layer.Count])];
            for (int l = 0; l < weights.Length; l++)
            {
                MaskSums.Of(masks, moved, l, weights[l]);
                for (int n = 0; n < weights[l].Length; n++) weights[l][n] *= Pictures.Weights(l)[n];
            }

            using ReferenceNetwork reference = new(Pictures.Plan, weights);
            float[] logits = reference.Logits(inputs);
            return Enumerable.Range(0, 4).Average(row => EntropyObjective.Entropy(logits.AsSpan(row * 7, 7)));
        }
    }

    [Theory]
    [InlineData("H", 1, 1, 1)]
    [InlineData("H", 2, 1, 1)]
    [InlineData("H", 8, 1, 1)]
    [InlineData("G", 8, 0.1, 1)]
    [InlineData("H", 5, 0.3, 4)]
    public void Given_random_masks_when_asked_then_the_task_is_that_of_the_plain_descent(
        string objective, int steps, double size, int images)
    {
        TaskMask[] masks = RandomData.Masks(Dense.Shape, Tasks, 3);
        using Superposition tasks = Superimpose(Dense, masks);
        float[] inputs = RandomData.Floats(24 * 37, 8, scale: 3);
        InferenceSettings settings = Settings(objective, LayerSelection.All) with
        {
            ImagesPerQuery = images,
            Steps = steps,
            StepSize = size,
        };

        InferredTask[] found = TaskInferences.Get("optimized").Infer(tasks, inputs, settings);

        using SupermaskNetwork network = new(Dense, ScalarType.Float64);
        using SuperimposedMasks superimposed = new(network, [.. masks.Select(network.Unpack)]);
        Assert.Equal(Enumerable.Range(0, 24 / images).Select(query =>
        {
            using Tensor rows = network.Inputs(inputs.AsSpan(query * images * 37, images * 37));
            double[] alpha = superimposed.Optimized(rows, Objective(objective), steps, size);
            return Array.IndexOf(alpha, alpha.Max());
        }), found.Select(answer => answer.Task));
        Assert.True(found.Select(answer => answer.Task).Distinct().Count() > 2, "the images are too much alike to tell anything");
        if (steps == 1)
            Assert.Equal(
                TaskInferences.Get("one-shot").Infer(tasks, inputs, settings).Select(answer => answer.Task),
                found.Select(answer => answer.Task));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Given_masks_that_are_all_the_same_or_one_when_asked_then_it_ends_with_one_of_them(bool dense)
    {
        FixedNetwork network = dense ? Dense : Pictures;
        float[] inputs = RandomData.Floats(2 * network.Plan.Inputs, 8);
        foreach (int count in new[] { 1, 6 })
        {
            using Superposition same = Superimpose(network, [.. Enumerable.Repeat(RandomData.Mask(network.Shape, 1), count)]);

            InferredTask[] found = TaskInferences.Get("optimized").Infer(same, inputs, Settings("H", LayerSelection.All));

            Assert.All(found, answer => Assert.InRange(answer.Task, 0, count - 1));
        }
    }

    [Fact]
    public void Given_a_network_over_pictures_when_asked_for_one_step_then_the_answer_is_that_of_one_shot()
    {
        using Superposition tasks = Superimpose(Pictures, RandomData.Masks(Pictures.Shape, Tasks, 3));
        float[] inputs = RandomData.Floats(6 * Pictures.Plan.Inputs, 8);
        InferenceSettings settings = Settings("H", LayerSelection.All) with { ImagesPerQuery = 2, Steps = 1 };

        Assert.Equal(
            TaskInferences.Get("one-shot").Infer(tasks, inputs, settings).Select(answer => answer.Task),
            TaskInferences.Get("optimized").Infer(tasks, inputs, settings).Select(answer => answer.Task));
        Assert.Throws<ArgumentOutOfRangeException>(() => TaskInferences.Get("optimized").Infer(tasks, inputs, settings with { Steps = 0 }));
    }

    private static float[] Uneven()
    {
        float[] coefficients = [.. Enumerable.Range(0, Tasks).Select(task => task % 4 == 1 ? 0 : 1f + task)];
        return [.. coefficients.Select(each => each / coefficients.Sum())];
    }

    private static InferenceSettings Settings(string objective, LayerSelection layers) =>
        new() { Objective = Objectives.Get(objective), Layers = layers };

    private static Func<Tensor, Tensor> Objective(string name) =>
        name == "G" ? logits => TaskObjective.G(logits, Classes) : TaskObjective.H;

    private static Superposition Superimpose(FixedNetwork network, TaskMask[] masks)
    {
        MaskCounts counts = new(network.Shape);
        foreach (TaskMask mask in masks) counts.Add(mask);
        BankSnapshot? snapshot = null;
        if (network.Plan.IsDense)
        {
            MaskBank bank = new(network);
            bank.Put([.. masks.Select((mask, slot) => KeyValuePair.Create(slot, mask))]);
            snapshot = bank.Snapshot;
        }

        return new Superposition(network, [.. masks], snapshot, counts, Classes);
    }
}
