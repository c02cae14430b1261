using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.TaskInference;
using SupSup.Reference;

namespace SupSup.Core.Tests.TaskInference;

/// <summary>Task inference over networks that are no chain of linear layers.</summary>
public sealed class PictureInferenceTests
{
    private const int Tasks = 5;
    private const int Classes = 4;
    private const int Queries = 6;

    private static readonly FixedNetwork Network =
        new(Plans.Parse("conv6-normbatch-relu-max2-res(conv6-normbatch-relu)-conv8-normbatch-relu-average/3x8x8-7"), 3);

    private static readonly TaskMask[] Masks = [.. Enumerable.Range(0, Tasks).Select(task => RandomData.Mask(Network.Shape, 10 + task))];

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Given_a_query_when_its_objective_is_differentiated_then_scores_are_the_slopes_over_the_coefficients(int rows)
    {
        const double Step = 1e-3;
        float[] inputs = Images(rows);
        EntropyObjective objective = new();

        float[][] products = SuperimposedGradient.Products(
            Network, SuperimposedGradient.Weights(Network, Counts()), inputs, objective, Classes);

        for (int task = 0; task < Tasks; task++)
        {
            double slope = (Entropy(task, Step) - Entropy(task, -Step)) / (2 * Step);
            Assert.Equal(-slope, SuperimposedGradient.Score(products, Masks[task]), 0.02 * Math.Max(0.05, Math.Abs(slope)));
        }

        // With the coefficient of one mask moved.
        double Entropy(int task, double by)
        {
            float[][] weights = SuperimposedGradient.Weights(Network, Counts());
            for (int l = 0; l < weights.Length; l++)
            {
                float[] more = new float[weights[l].Length];
                MaskBits.Select(Masks[task].Layer(l), Network.Weights(l), more);
                for (int n = 0; n < more.Length; n++) weights[l][n] += (float)(by * more[n]);
            }

            using ReferenceNetwork reference = new(Network.Plan, weights);
            float[] logits = reference.Logits(inputs);
            return Enumerable.Range(0, rows).Average(row => EntropyObjective.Entropy(logits.AsSpan(row * 7, 7)));
        }
    }

    [Fact]
    public void Given_one_shot_when_asked_then_the_mask_with_the_largest_score_is_named_and_how_far_it_leads()
    {
        using Superposition tasks = Superimpose();
        float[] inputs = Images(Queries * 2);
        InferenceSettings settings = new() { Objective = new EntropyObjective(), ImagesPerQuery = 2 };

        InferredTask[] found = TaskInferences.Get("one-shot").Infer(tasks, inputs, settings);

        int width = 2 * Network.Plan.Inputs;
        Assert.Equal(
            Enumerable.Range(0, Queries).Select(query =>
            {
                float[][] products = SuperimposedGradient.Products(
                    Network, SuperimposedGradient.Weights(Network, Counts()), inputs.AsSpan(query * width, width), settings.Objective,
                    Classes);
                return Enumerable.Range(0, Tasks).MaxBy(task => SuperimposedGradient.Score(products, Masks[task]));
            }),
            found.Select(answer => answer.Task));
        Assert.All(found, answer => Assert.True(answer.Lead >= 0, $"{answer}"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Given_few_masks_when_asked_by_default_then_all_are_run_and_the_greatest_evidence_wins(int images)
    {
        FixedNetwork network = new(Plans.Parse("conv6-relu-max2-res(conv6-relu)-conv8-relu-average/3x8x8-7"), 3);
        TaskMask[] masks = [.. Enumerable.Range(0, Tasks).Select(task => RandomData.Mask(network.Shape, 10 + task))];
        using Superposition tasks = new(network, [.. masks], null, Counts(network, masks), Classes);
        float[] inputs = Images(Queries * images);
        InferenceSettings settings = new() { Objective = new EntropyObjective(), ImagesPerQuery = images };

        InferredTask[] found = TaskInferences.Get("shortlist").Infer(tasks, inputs, settings);

        InferredTask[] expected = TaskInferences.Get("evidence").Infer(tasks, inputs, settings);
        Assert.Equal(expected.Select(answer => answer.Task), found.Select(answer => answer.Task));
        Assert.All(found, answer => Assert.True(double.IsNaN(answer.Lead) && answer.Probability is > 0 and <= 1, $"{answer}"));
    }

    [Fact]
    public void Given_binary_search_when_asked_then_it_keeps_halves_until_one_mask_is_left()
    {
        using Superposition tasks = Superimpose();
        float[] inputs = Images(1);
        InferenceSettings settings = new() { Objective = new EntropyObjective() };
        int[] left = [.. Enumerable.Range(0, Tasks)];
        while (left.Length > 1)
        {
            float[] scores = tasks.Scores(inputs, left, settings);
            left = [.. left.Zip(scores).OrderByDescending(pair => pair.Second).Take((left.Length + 1) / 2).Select(pair => pair.First)];
        }

        Assert.Equal(left[0], Assert.Single(TaskInferences.Get("binary").Infer(tasks, inputs, settings)).Task);
    }

    private static Superposition Superimpose() => new(Network, [.. Masks], null, Counts(), Classes);

    private static MaskCounts Counts() => Counts(Network, Masks);

    private static MaskCounts Counts(FixedNetwork network, TaskMask[] masks)
    {
        MaskCounts counts = new(network.Shape);
        foreach (TaskMask mask in masks) counts.Add(mask);
        return counts;
    }

    private static float[] Images(int rows) => RandomData.Floats(rows * Network.Plan.Inputs, 5);
}
