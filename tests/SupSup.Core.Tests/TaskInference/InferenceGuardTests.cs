using SupSup.Core.Banks;
using SupSup.Core.Datasets;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.TaskInference;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Datasets;
using SupSup.Core.Tests.Training;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.TaskInference;

/// <summary>
/// What the default rule of task inference finds on small models of every kind of task, exactly: training is the same to the last bit on
/// every processor. A change of the rule that costs one kind shows here. Whoever means the change measures it on the whole
/// (`supsup experiment inference-suite`, docs/inference.md) before these numbers are set again.
/// </summary>
[Collection(nameof(ProcessTests))]
public sealed class InferenceGuardTests
{
    private const int BatchesPerTask = 4;
    private const int BatchImages = 25;
    private const int Width = 12;
    private const int Classes = 4;

    private static readonly Recipe Recipe = Recipes.Get("fast") with { Batches = 100, BatchSize = 64 };

    [Theory]
    [InlineData("permuted", 6, 600, 24)]
    [InlineData("rotated", 12, 344, 34)]
    [InlineData("split", 5, 341, 20)]
    public async Task Given_tasks_of_a_family_when_the_default_rule_is_asked_then_it_finds_exactly_as_many(
        string family, int tasks, int singles, int batches)
    {
        Dataset mnist = await RealMnist.OpenAsync();

        Assert.Equal((singles, batches), Found(
            NetworkPlan.Dense(784, [64, 32], 50),
            [.. Enumerable.Range(0, tasks).Select(task => TaskFamilies.Get(family).Make(mnist, 1, task))]));
    }

    [Theory]
    [InlineData(10, 355, 37)]
    [InlineData(80, 766, 202)]
    public void Given_tasks_of_real_values_when_the_default_rule_is_asked_then_it_finds_exactly_as_many(
        int tasks, int singles, int batches) =>
        Assert.Equal((singles, batches), Found(
            NetworkPlan.Dense(Width, [32], 16), [.. Enumerable.Range(0, tasks).Select(Clouds)]));

    // Of single images, and of batches that share a task.
    private static (int Singles, int Batches) Found(NetworkPlan plan, ClassificationTask[] tasks)
    {
        FixedNetwork network = new(plan, 1);
        TrainedMask[] trained = new TrainedMask[tasks.Length];
        Parallel.For(0, tasks.Length, task => trained[task] =
            TaskTrainer.Train(network, new ThresholdMaskRule(), Recipe, new TrainingJob { Data = tasks[task], Index = task }));

        MaskBank bank = new(network);
        bank.Put([.. trained.Select((each, task) => KeyValuePair.Create(task, each.Mask))]);
        MaskCounts counts = new(network.Shape);
        foreach (TrainedMask each in trained) counts.Add(each.Mask);
        using Superposition masks = new(network, [.. trained.Select(each => each.Mask)], bank.Snapshot, counts, tasks[0].Classes,
            trained.Select(each => each.UsualEvidence));
        float[] inputs = [.. tasks.SelectMany(task => task.Test(0, BatchesPerTask * BatchImages).Inputs)];
        return (Count(1), Count(BatchImages));

        int Count(int imagesPerQuery)
        {
            InferenceSettings settings = new() { Objective = Objectives.Get("G"), ImagesPerQuery = imagesPerQuery };
            InferredTask[] answers = TaskInferences.Get("shortlist").Infer(masks, inputs, settings);
            return answers.Where((answer, query) => answer.Task == query / (BatchesPerTask * BatchImages / imagesPerQuery)).Count();
        }
    }

    // Each class is a cloud of rows around its centre.
    private static ClassificationTask Clouds(int task)
    {
        System.Random random = new(task);
        float[] centres = Draw(Classes * Width, 2);
        ExampleSet train = Half(512);
        return new ClassificationTask(
            new Dataset("clouds", train, Half(BatchesPerTask * BatchImages), Classes, Normalization.Measure(train)),
            [.. Enumerable.Range(0, Width)]);

        float[] Draw(int count, float scale) => [.. Enumerable.Range(0, count).Select(_ => ((2 * random.NextSingle()) - 1) * scale)];

        ExampleSet Half(int count)
        {
            int[] labels = [.. Enumerable.Range(0, count).Select(row => row % Classes)];
            float[] noise = Draw(count * Width, 0.8f);
            float[] values = [.. noise.Select((value, n) => centres[(labels[n / Width] * Width) + (n % Width)] + value)];
            return new ExampleSet(new ExampleShape.Vector(Width), values, labels);
        }
    }
}
