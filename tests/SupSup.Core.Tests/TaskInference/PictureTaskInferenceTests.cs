using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.TaskInference;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.TaskInference;

public sealed class PictureTaskInferenceTests
{
    private const int Tasks = 5;
    private const int Queries = 12;
    private const int Classes = 3;

    private static readonly FixedNetwork Network = new(Plans.Parse("conv6-norm-relu-conv8:3:2-norm-relu-average/2x8x8-9"), 4);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Given_masks_over_pictures_when_their_task_is_inferred_then_all_are_run_and_the_greatest_evidence_wins(int images)
    {
        TaskMask[] masks = [.. Enumerable.Range(0, Tasks).Select(task => Mask((ulong)task))];
        EvidenceProfile?[] usual = [.. masks.Select((mask, task) => EvidenceProfile.Of([0.01 * task, 1 + (0.01 * task)]))];
        MaskCounts counts = new(Network.Shape);
        foreach (TaskMask mask in masks) counts.Add(mask);
        using Superposition tasks = new(Network, [.. masks], null, counts, Classes, usual);

        // Each query like the pictures that one of the masks was trained on.
        float[] inputs = [.. Enumerable.Range(0, Queries).SelectMany(
            query => RandomData.Floats(images * Network.Plan.Inputs, query).Select(value => value + Shift(query % Tasks)))];

        InferredTask[] found = TaskInferences.Get("shortlist").Infer(
            tasks, inputs, new InferenceSettings { Objective = Objectives.Get("H"), ImagesPerQuery = images });

        double[][] evidence = [.. masks.Select((mask, task) => EvidenceOf(mask, inputs, images, tasks.Allowances[task]))];
        int[] best = [.. Enumerable.Range(0, Queries).Select(query => Enumerable.Range(0, Tasks).MaxBy(task => evidence[task][query]))];
        Assert.Equal(best, found.Select(each => each.Task));
        Assert.True(best.Distinct().Count() > 1, "one mask that always wins tells nothing");
        Assert.All(found, each => Assert.InRange(each.Probability!.Value, 1.0 / Tasks, 1));
    }

    [Fact]
    public void Given_masks_over_pictures_when_a_gradient_is_asked_for_then_the_error_names_the_network()
    {
        MaskCounts counts = new(Network.Shape);
        counts.Add(Mask(1));
        using Superposition tasks = new(Network, [Mask(1)], null, counts, Classes);
        InferenceSettings settings = new() { Objective = Objectives.Get("H"), ImagesPerQuery = 1 };

        var error = Assert.Throws<ArgumentException>(
            () => TaskInferences.Get("one-shot").Infer(tasks, new float[Network.Plan.Inputs], settings));

        Assert.Contains("conv6-norm", error.Message, StringComparison.Ordinal);
    }

    private static TaskMask Mask(ulong seed)
    {
        Recipe recipe = Recipes.Get("sparse-paper") with { Batches = 30, BatchSize = 16, LearningRate = 1e-2 };
        using TrainingSession session = new(Network, MaskRules.Get("top-k:0.3"), recipe, seed);
        for (int batch = 0; batch < recipe.Batches; batch++)
        {
            float[] inputs = [.. RandomData.Floats(16 * Network.Plan.Inputs, (int)seed + batch).Select(value => value + Shift((int)seed))];
            session.Step(inputs, [.. Enumerable.Range(0, 16).Select(row => row % Classes)]);
        }

        return session.Mask();
    }

    private static float Shift(int task) => 3 * (task - 2);

    private static double[] EvidenceOf(TaskMask mask, float[] inputs, int images, double allowance)
    {
        using IMaskedNetwork network = NetworkEngines.Open(Network, mask);
        MaskPrediction[] read = network.Predict(inputs, Queries * images, Classes);
        return [.. read.Chunk(images).Select(own => images == 1 ? own[0].Evidence - allowance : Evidence.OfShared(own, allowance))];
    }
}
