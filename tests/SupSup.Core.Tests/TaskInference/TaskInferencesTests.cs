using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Search;
using SupSup.Core.TaskInference;
using SupSup.Core.Tests.Banks;

namespace SupSup.Core.Tests.TaskInference;

public sealed class TaskInferencesTests
{
    private const int Classes = 5;
    private const int Tasks = 37;

    private static readonly FixedNetwork Network = BankData.Network("23-19-17-30", seed: 4);
    private static readonly TaskMask[] Masks = [.. Enumerable.Range(0, Tasks).Select(RandomMask)];
    private static readonly float[] Images = Normal(24 * 23, lane: 1000);

    [Theory]
    [InlineData("H", LayerSelection.All)]
    [InlineData("G", LayerSelection.First)]
    public void Given_random_masks_when_asked_one_shot_then_the_mask_with_the_largest_gradient_is_named(
        string objective, LayerSelection layers)
    {
        using Superposition tasks = Superimpose();
        InferenceSettings settings = Settings(objective, layers);

        InferredTask[] found = TaskInferences.Get("one-shot").Infer(tasks, Images, settings);

        float[][] scores = ScoresByImage(tasks, settings);
        Assert.Equal(scores.Select(each => Array.IndexOf(each, each.Max())), found.Select(answer => answer.Task));
    }

    [Theory]
    [InlineData("one-shot")]
    [InlineData("shortlist")]
    public void Given_several_images_per_query_when_asked_then_their_gradients_are_summed(string name)
    {
        using Superposition tasks = Superimpose();
        InferenceSettings settings =
            Settings("H", LayerSelection.All) with { ImagesPerQuery = 6, Rule = new SearchRule { CertainAbove = 0 } };

        InferredTask[] found = TaskInferences.Get(name).Infer(tasks, Images, settings);

        float[][] scores = ScoresByImage(tasks, settings);
        Assert.Equal(
            Enumerable.Range(0, 4).Select(query => Enumerable.Range(0, Tasks)
                .MaxBy(task => Enumerable.Range(query * 6, 6).Sum(image => (double)scores[image][task]))),
            found.Select(answer => answer.Task));
    }

    [Fact]
    public void Given_random_masks_when_asked_exhaustively_then_the_lowest_entropy_of_all_masks_is_named()
    {
        using Superposition tasks = Superimpose();

        InferredTask[] found = TaskInferences.Get("exhaustive").Infer(tasks, Images, Settings("H", LayerSelection.All));

        double[][] entropies = EntropiesByImage();
        Assert.Equal(entropies.Select(each => Array.IndexOf(each, each.Min())), found.Select(answer => answer.Task));
    }

    [Fact]
    public void Given_few_masks_when_asked_then_all_are_run_and_the_greatest_evidence_less_what_is_usual_wins()
    {
        double?[] usual = [.. Enumerable.Range(0, Tasks).Select(task => task % 3 == 0 ? null : (double?)Math.Sin(task))];
        using Superposition tasks = Superimpose(Masks, usual);
        double mean = usual.Average()!.Value;

        foreach (string name in new[] { "shortlist", "evidence" })
        {
            InferredTask[] found = TaskInferences.Get(name).Infer(tasks, Images, Settings("H", LayerSelection.All));

            Assert.Equal(
                Enumerable.Range(0, 24).Select(image => Enumerable.Range(0, Tasks)
                    .MaxBy(task => Evidence.Of(Logits(Masks[task], image), Classes) - (0.75 * (usual[task] ?? mean)))),
                found.Select(answer => answer.Task));
            using Superposition unknown = Superimpose();
            Assert.NotEqual(
                TaskInferences.Get(name).Infer(unknown, Images, Settings("H", LayerSelection.All)).Select(answer => answer.Task),
                found.Select(answer => answer.Task));
        }
    }

    [Fact]
    public void Given_images_that_share_a_task_when_asked_then_their_evidence_less_their_entropies_decides()
    {
        using Superposition tasks = Superimpose();

        InferredTask[] found =
            TaskInferences.Get("shortlist").Infer(tasks, Images, Settings("H", LayerSelection.All) with { ImagesPerQuery = 6 });

        Assert.Equal(
            Enumerable.Range(0, 4).Select(query => Enumerable.Range(0, Tasks).MaxBy(task =>
                Enumerable.Range(query * 6, 6).Sum(image => Evidence.Of(Logits(Masks[task], image), Classes)
                    - (1.6 * Math.Log(6) * EntropyObjective.Entropy(Logits(Masks[task], image)))))),
            found.Select(answer => answer.Task));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(Tasks)]
    public void Given_random_masks_when_asked_by_binary_search_then_it_halves_as_the_formula_does(int count)
    {
        using Superposition tasks = Superimpose(count);
        InferenceSettings settings = Settings("H", LayerSelection.All);

        InferredTask[] found = TaskInferences.Get("binary").Infer(tasks, Images, settings);

        Assert.Equal(Enumerable.Range(0, 24).Select(image => Halve(count, image)), found.Select(answer => answer.Task));
    }

    [Fact]
    public void Given_identical_masks_when_asked_by_binary_search_then_ties_do_not_stall_it()
    {
        TaskMask[] same = [.. Enumerable.Repeat(Masks[0], 7)];
        using Superposition tasks = Superimpose(same);

        Assert.All(TaskInferences.Get("binary").Infer(tasks, Images, Settings("H", LayerSelection.All)), answer => Assert.InRange(
            answer.Task, 0, 6));
    }

    [Fact]
    public void Given_inputs_that_are_no_whole_queries_when_asked_then_the_error_says_so()
    {
        using Superposition tasks = Superimpose();

        Assert.All(TaskInferences.All, inference =>
        {
            Assert.NotEmpty(inference.Description);
            ArgumentException error =
                Assert.Throws<ArgumentException>(() => inference.Infer(tasks, Images.AsSpan(1), Settings("H", LayerSelection.All)));
            Assert.Contains("are not queries of 1 images", error.Message, StringComparison.Ordinal);
        });
        Assert.Contains("'guess': use one of one-shot, shortlist, binary, optimized, exhaustive, evidence",
            Assert.Throws<ArgumentException>(() => TaskInferences.Get("guess")).Message, StringComparison.Ordinal);
    }

    private static int Halve(int count, int image)
    {
        int[] left = [.. Enumerable.Range(0, count)];
        GradientScores scorer = new(Network, LayerSelection.All);
        while (left.Length > 1)
        {
            MaskCounts counts = new(Network.Shape);
            foreach (int task in left) counts.Add(Masks[task]);
            using EffectiveNetwork superposition = EffectiveNetwork.Of(Network, counts);
            RankOneFactors factors = superposition.Differentiate(Images.AsSpan(image * 23, 23), 1, Objectives.Get("H"), Classes);
            float[] scores = scorer.Of(factors, 0, 1, [.. left.Select(task => Masks[task])]);
            left = [.. Enumerable.Range(0, left.Length).OrderByDescending(n => scores[n]).Take((left.Length + 1) / 2).Select(n => left[n])];
        }

        return left[0];
    }

    private static float[][] ScoresByImage(Superposition tasks, InferenceSettings settings)
    {
        RankOneFactors factors = tasks.Effective.Differentiate(Images, 24, settings.Objective, Classes);
        GradientScores scorer = new(Network, settings.Layers);
        return [.. Enumerable.Range(0, 24).Select(image =>
        {
            float[] scores = scorer.Of(factors, image, 1, Masks);
            return scores;
        })];
    }

    private static double[][] EntropiesByImage() =>
        [.. Enumerable.Range(0, 24).Select(image => Masks.Select(mask => EntropyObjective.Entropy(Logits(mask, image))).ToArray())];

    private static float[] Logits(TaskMask mask, int image)
    {
        using EffectiveNetwork network = EffectiveNetwork.Of(Network, mask);
        return network.Logits(Images.AsSpan(image * 23, 23), 1);
    }

    private static InferenceSettings Settings(string objective, LayerSelection layers) =>
        new() { Objective = Objectives.Get(objective), Layers = layers };

    private static Superposition Superimpose(int count = Tasks) => Superimpose(Masks[..count]);

    private static Superposition Superimpose(TaskMask[] masks, double?[]? usual = null)
    {
        MaskBank bank = new(Network);
        bank.Put([.. masks.Select((mask, slot) => KeyValuePair.Create(slot, mask))]);
        MaskCounts counts = new(Network.Shape);
        foreach (TaskMask mask in masks) counts.Add(mask);
        return new Superposition(Network, [.. masks], bank.Snapshot, counts, Classes,
            usual?.Select(mean => mean is { } known ? new EvidenceProfile(known, double.NaN, []) : null));
    }

    private static TaskMask RandomMask(int task)
    {
        RandomStream stream = new(9, StreamPurpose.InitialScores, task);
        byte[] bits = new byte[Network.Shape.PackedBytes];
        int start = 0;
        foreach (LayerShape layer in Network.Shape.Layers)
        {
            for (int n = 0; n < layer.Count; n++)
                if (stream.NextSingle() < 0.5f) bits[start + (n >> 3)] |= (byte)(1 << (n & 7));
            start += layer.PackedBytes;
        }

        return new TaskMask(Network.Shape, bits);
    }

    private static float[] Normal(int count, int lane)
    {
        RandomStream stream = new(9, StreamPurpose.InitialScores, lane);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 12).Sum(_ => stream.NextSingle()) - 6)];
    }
}
