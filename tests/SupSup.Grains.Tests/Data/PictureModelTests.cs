using System.Collections.Immutable;
using SupSup.Client;
using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.TaskInference;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Grains.Export;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;
using SupSup.Silo.Settings;

namespace SupSup.Grains.Tests.Data;

/// <summary>Models over networks with convolutions: learned, stored, asked with and without the task, as others are.</summary>
public sealed class PictureModelTests : IDisposable
{
    private readonly TemporaryStore _store = new();
    private readonly string[] _data;
    private readonly ModelSpec _spec;

    public PictureModelTests()
    {
        _data = ColourPictures.Write(_store.Folder);
        _spec = ColourPictures.Spec(_data[0]);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // The recipe is left out.
    private TrainingOrder Order => ColourPictures.Order(_data[0], batches: 60, recipe: null);

    private string Store => _store.Folder;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Given_pictures_of_two_kinds_when_learned_then_both_are_known_with_and_without_the_task_and_after_a_restart()
    {
        Prediction[] before;
        (InputBatch tints, int[] labels) = ColourPictures.Test(_data[0], _spec);
        await using (TestSilo silo = await TestSilo.StartAsync(Store))
        {
            SupSupModel model = await LearnBothAsync(silo);
            for (int task = 0; task < 2; task++)
            {
                (InputBatch inputs, int[] own) = ColourPictures.Test(_data[task], _spec);
                Assert.InRange((await model.EvaluateAsync(task, cancellationToken: Stop)).Accuracy, 0.9, 1);
                TaskPredictions given = await model.PredictAsync(task, inputs, Stop);
                Assert.InRange(Share(given.Classes, own), 0.9, 1);
                TaskPredictions byShards = await model.PredictAsync([.. own.Select(_ => task)], inputs, Stop);
                Assert.Equal(given.Classes.Zip(given.Entropies), byShards.Classes.Zip(byShards.Entropies));

                Prediction[] found = await model.InferAsync(inputs, cancellationToken: Stop);
                Assert.Equal(await ByEvidenceAsync(model, inputs), found.Select(answer => answer.Task));
                Assert.InRange(found.Average(answer => answer.Task == task ? 1.0 : 0), 0.7, 1);
                Assert.All(found.Index(), answer =>
                {
                    if (answer.Item.Task == task) Assert.Equal(given.Classes[answer.Index], answer.Item.Class);
                    Assert.InRange(answer.Item.Probability!.Value, 0.5, 1);
                    Assert.InRange(answer.Item.Typicality!.Value, 0, 1);
                    Assert.Equal(1 - answer.Item.Task, Assert.Single(answer.Item.RunnersUp).Task);
                });
                Prediction[] shared = await model.InferAsync(inputs, new InferenceOptions { SharedTask = true }, Stop);
                Assert.All(shared, answer => Assert.Equal(task, answer.Task));
            }

            before = await model.InferAsync(tints, cancellationToken: Stop);
        }

        await using (TestSilo silo = await TestSilo.StartAsync(Store))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            Prediction[] after = await model.InferAsync(tints, cancellationToken: Stop);
            Assert.Equal(before.Select(a => (a.Task, a.Class, a.Entropy)), after.Select(a => (a.Task, a.Class, a.Entropy)));
            ModelHealth health = await model.CheckHealthAsync(Stop);
            Assert.True(health.IsWhole);
            Assert.Equal(2, health.Shards.Sum(shard => shard.Held));
        }
    }

    [Fact]
    public async Task Given_a_mask_that_was_lost_when_the_order_is_given_again_then_the_same_mask_with_its_statistics_is_made()
    {
        FixedNetwork network = new(Plans.Parse(_spec.Plan), _spec.Seed);
        (TaskSummary first, TaskMask mask) = await LearnAndStopAsync(network);
        TrainedMask alone = TaskTrainer.Train(
            network,
            MaskRules.Get(_spec.MaskRule),
            Recipes.Get("own-pictures") with { Batches = 60, BatchSize = 32 },
            new TrainingJob { Data = TaskFamilies.Get("whole").Make(ColourPictures.Open(_data[0], _spec), 0, 0), Index = 0 });

        Assert.Equal(alone.Mask.Bits.ToArray(), mask.Bits.ToArray());
        Assert.Equal(56, mask.Statistics!.Channels);
        Assert.Equal(alone.Mask.Statistics, mask.Statistics);
        File.Delete(_store.File("mask", "task", "m/0"));
        await using TestSilo silo = await TestSilo.StartAsync(Store);
        SupSupModel model = await silo.Client.OpenAsync("m", Stop);
        await Expect.ErrorAsync(SupSupError.Damaged, () => model.GetMaskAsync(0, Stop), "m/0", "order the task again");
        Assert.Equal(first.Checksum, (await model.LearnAsync(0, Order, cancellationToken: Stop)).Checksum);
    }

    [Fact]
    public async Task Given_a_silo_that_stops_in_training_when_it_starts_again_then_statistics_and_the_best_mask_go_on_with_the_rest()
    {
        TrainingOrder order = ColourPictures.Order(_data[1], batches: 400, recipe: null);
        static void OftenCheckpointed(SiloSettings settings) => settings.Compute.CheckpointSeconds = 0.01;
        int least = int.MaxValue;
        string undisturbed;
        await using (TestSilo silo = await TestSilo.StartAsync(Store, OftenCheckpointed))
        {
            SupSupModel other = await silo.Client.CreateAsync("other", _spec, Stop);
            undisturbed = (await other.LearnAsync(0, order, cancellationToken: Stop)).Checksum;
            SupSupModel model = await silo.Client.CreateAsync("m", _spec, Stop);
            await foreach (TrainingProgress progress in model.TrainAsync(0, order, Stop))
                if (progress.BatchesDone > 20) break;
        }

        await using (TestSilo silo = await TestSilo.StartAsync(Store))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            TaskSummary learned = await model.LearnAsync(
                0,
                order,
                step => least = Math.Min(least, step is { State: TrainingState.Training, BatchesDone: > 0 } ? step.BatchesDone : least),
                Stop);
            Assert.Equal(undisturbed, learned.Checksum);
            Assert.True(least > 20, $"it began anew, at {least}");
        }
    }

    [Fact]
    public async Task Given_a_model_that_is_exported_when_imported_under_another_name_then_masks_and_answers_are_the_same()
    {
        await using TestSilo silo = await TestSilo.StartAsync(Store);
        SupSupModel model = await silo.Client.CreateAsync("m", _spec, Stop);
        TaskSummary learned = await model.LearnAsync(3, Order with { Batches = 20 }, cancellationToken: Stop);
        using MemoryStream file = new();
        await ModelFile.WriteAsync(
            await model.DescribeAsync(Stop), file, task => model.GetMaskAsync(task, Stop), () => Task.CompletedTask);
        file.Position = 0;

        SupSupModel copy = null!;
        await ModelFile.ReadAsync(
            file,
            async spec => copy = await silo.Client.CreateAsync("copy", spec, Stop),
            masks => copy.ImportAsync(masks, cancellationToken: Stop),
            Stop);

        Assert.Equal(learned.Checksum, Assert.Single((await copy.DescribeAsync(Stop)).Tasks).Checksum);
        (InputBatch inputs, _) = ColourPictures.Test(_data[0], _spec);
        Prediction[] answers = await copy.InferAsync(inputs, cancellationToken: Stop);
        Assert.Equal((await model.InferAsync(inputs, cancellationToken: Stop)).Select(a => a.Entropy), answers.Select(a => a.Entropy));
        Assert.All(answers, answer => Assert.Equal(3, answer.Task));
    }

    [Fact]
    public async Task Given_batches_that_are_submitted_when_a_picture_model_learns_from_them_then_it_answers()
    {
        await using TestSilo silo = await TestSilo.StartAsync(Store);
        SupSupModel model = await silo.Client.CreateAsync("m", _spec, Stop);
        ClassificationTask task = TaskFamilies.Get("whole").Make(ColourPictures.Open(_data[0], _spec), 0, 0);
        LabelledBatch Batch(int number)
        {
            int[] chosen = [.. Enumerable.Range(0, 32).Select(n => (number * 32 + n) % task.TrainCount)];
            (float[] inputs, int[] labels) = (new float[chosen.Length * task.Inputs], new int[chosen.Length]);
            task.FillTrain(chosen, inputs, labels);
            return new LabelledBatch { Inputs = new InputBatch { Rows = labels.Length, Values = inputs }, Labels = labels };
        }

        await model.LearnAsync(
            0, new TrainingOrder { Data = null, Recipe = "fast", Batches = 40 }, (number, _) => ValueTask.FromResult(Batch(number)),
            cancellationToken: Stop);
        (InputBatch inputs, int[] labels) = ColourPictures.Test(_data[0], _spec);
        Assert.InRange(Share((await model.PredictAsync(0, inputs, Stop)).Classes, labels), 0.8, 1);
    }

    [Fact]
    public async Task Given_what_such_a_network_cannot_do_when_asked_then_one_line_names_it_and_what_to_do()
    {
        await using TestSilo silo = await TestSilo.StartAsync(Store, settings => settings.Compute.InferenceMasks = 1);
        SupSupModel model = await LearnBothAsync(silo);
        (InputBatch inputs, _) = ColourPictures.Test(_data[0], _spec);
        Task Ask(InferenceOptions options) => model.InferAsync(inputs, options, Stop);

        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => Ask(new()), "among 2 of model 'm'", "at most 1, Compute:InferenceMasks", "candidates");
        Assert.All(
            await model.InferAsync(inputs, new InferenceOptions { Candidates = [1] }, Stop), answer => Assert.Equal(1, answer.Task));
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => Ask(new() { FirstLayerOnly = true }), "FirstLayerOnly", _spec.Plan);
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => Ask(new() { UnknownUpTo = 1 }), "UnknownUpTo", "UnknownRate");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest,
            () => silo.Grains.GetGrain<IStreamGrain>(GrainKeys.Stream("m", "s")).OpenAsync(new StreamSpec(), Stop),
            "model 'm'", "stream without task identity", "by task");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest,
            () => silo.Client.CreateAsync("wide", _spec with { Plan = "resnet18-20/3x16x4-10", Inputs = 0, Outputs = 0 }, Stop),
            "takes pictures of 3x16x4", "3x8x8");
    }

    [Fact]
    public async Task Given_one_shot_when_asked_then_shards_score_the_whole_gradient_of_a_query()
    {
        await using TestSilo silo = await TestSilo.StartAsync(Store, settings => settings.Compute.InferenceMasks = 1);
        SupSupModel model = await LearnBothAsync(silo);
        FixedNetwork network = new(Plans.Parse(_spec.Plan), _spec.Seed);
        TaskMask[] masks = [await MaskAsync(model, network, 0), await MaskAsync(model, network, 1)];
        MaskCounts counts = new(network.Shape);
        foreach (TaskMask mask in masks) counts.Add(mask);
        (InputBatch all, _) = ColourPictures.Test(_data[1], _spec);
        InputBatch inputs = all.Select([0, 1, 2, 3]);
        InferenceOptions options = new() { Objective = "H", Shortlist = 1 };

        Prediction[] single = await model.InferAsync(inputs, options, Stop);
        Prediction[] shared = await model.InferAsync(inputs, options with { SharedTask = true }, Stop);

        Assert.All(single.Index(), answer => Check(answer.Item, inputs.Select([answer.Index])));
        Assert.All(shared, answer => Check(answer, inputs));

        void Check(Prediction answer, InputBatch query)
        {
            float[][] products = SuperimposedGradient.Products(
                network, SuperimposedGradient.Weights(network, counts), query.Values, new EntropyObjective(), 3);
            float[] scores = [.. masks.Select(mask => SuperimposedGradient.Score(products, mask))];
            Assert.Equal(Array.IndexOf(scores, scores.Max()), answer.Task);
            Assert.Equal(scores.Max(), answer.Score, 1e-5 * Math.Abs(scores.Max()));
        }
    }

    private static async Task<TaskMask> MaskAsync(SupSupModel model, FixedNetwork network, int task) =>
        MaskFile.Read(network, (await model.GetMaskAsync(task, Stop)).File, "m");

    // Both masks run here, without a silo.
    private async Task<int[]> ByEvidenceAsync(SupSupModel model, InputBatch inputs)
    {
        FixedNetwork network = new(Plans.Parse(_spec.Plan), _spec.Seed);
        ImmutableArray<double> allowances =
            Evidence.Allowances((await model.DescribeAsync(Stop)).Tasks.OrderBy(task => task.Task).Select(task => task.UsualEvidence));
        double[][] evidence = new double[2][];
        for (int task = 0; task < 2; task++)
        {
            TaskMask mask = await MaskAsync(model, network, task);
            using IMaskedNetwork masked = NetworkEngines.Open(network, mask);
            evidence[task] = [.. masked.Predict(inputs.Values, inputs.Rows, 3).Select(read => read.Evidence - allowances[task])];
        }

        return [.. evidence[0].Zip(evidence[1], (first, second) => second > first ? 1 : 0)];
    }

    private async Task<(TaskSummary Summary, TaskMask Mask)> LearnAndStopAsync(FixedNetwork network)
    {
        await using TestSilo silo = await TestSilo.StartAsync(Store);
        SupSupModel model = await silo.Client.CreateAsync("m", _spec, Stop);
        TaskSummary summary = await model.LearnAsync(0, Order, cancellationToken: Stop);
        return (summary, await MaskAsync(model, network, 0));
    }

    private async Task<SupSupModel> LearnBothAsync(TestSilo silo)
    {
        SupSupModel model = await silo.Client.CreateAsync("m", _spec, Stop);
        await Task.WhenAll(_data.Select((data, task) => model.LearnAsync(task, ColourPictures.Order(data), cancellationToken: Stop)));
        return model;
    }

    private static double Share(int[] classes, int[] labels) => classes.Zip(labels).Average(pair => pair.First == pair.Second ? 1.0 : 0);
}
