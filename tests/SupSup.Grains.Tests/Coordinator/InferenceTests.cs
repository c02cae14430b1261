using System.Globalization;
using SupSup.Client;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Search;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Coordinator;

public sealed class InferenceTests : IAsyncLifetime
{
    private const int Tasks = 4;
    private readonly TemporaryStore _store = new();
    private TestSilo _silo = null!;
    private SupSupModel _model = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _silo = await TestSilo.StartAsync(_store.Folder);
        _model = await _silo.Client.CreateAsync("m", RealData.Spec, Stop);
        await Task.WhenAll(
            Enumerable.Range(0, Tasks).Select(task => _model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop)));
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _store.Dispose();
    }

    [Theory]
    [InlineData("H", false)]
    [InlineData("H", true)]
    [InlineData("G", false)]
    [InlineData("G", true)]
    [InlineData(null, false)]
    public async Task Given_images_without_their_task_when_inferred_then_task_and_class_are_found(string? objective, bool firstLayerOnly)
    {
        for (int task = 0; task < Tasks; task++)
        {
            (InputBatch inputs, int[] labels) = await RealData.TestImagesAsync(task, 500, 200);
            Prediction[] predictions = await _model.InferAsync(
                inputs, new InferenceOptions { Objective = objective, FirstLayerOnly = firstLayerOnly }, Stop);
            TaskPredictions given = await _model.PredictAsync(task, inputs, Stop);
            Assert.InRange(predictions.Count(prediction => prediction.Task == task), 190, 200);
            Assert.InRange(predictions.Where((prediction, row) => prediction.Class == labels[row]).Count(), 140, 200);
            for (int row = 0; row < 200; row++)
            {
                if (predictions[row].Task == task) Assert.Equal(given.Entropies[row], predictions[row].Entropy, 1e-4);
                Assert.True(predictions[row].Lead >= 0);
                Assert.True(predictions[row].Margin >= 0);
                Assert.Equal(Tasks - 1, predictions[row].RunnersUp.Length);
            }
        }
    }

    [Fact]
    public async Task Given_a_shortlist_of_one_when_inferred_then_the_answer_is_one_shot_as_computed_from_the_masks()
    {
        FixedNetwork network = new(NetworkPlan.Dense(784, [100], 50), 7);
        TaskMask[] masks = new TaskMask[Tasks];
        MaskCounts counts = new(network.Shape);
        for (int task = 0; task < Tasks; task++)
        {
            masks[task] = MaskFile.Read(
                network, (await _model.GetMaskAsync(task, Stop)).File, task.ToString(CultureInfo.InvariantCulture));
            counts.Add(masks[task]);
        }

        (InputBatch inputs, _) = await RealData.TestImagesAsync(2, 0, 100);
        using EffectiveNetwork superposition = EffectiveNetwork.Of(network, counts);
        RankOneFactors factors = superposition.Differentiate(inputs.Values, 100, new EntropyObjective(), 10);
        GradientScores scorer = new(network, LayerSelection.All);
        Prediction[] predictions = await _model.InferAsync(inputs, new InferenceOptions { Objective = "H", Shortlist = 1 }, Stop);
        for (int row = 0; row < 100; row++)
        {
            float[] scores = scorer.Of(factors, row, 1, masks);
            Assert.Equal(Array.IndexOf(scores, scores.Max()), predictions[row].Task);
            Assert.Null(predictions[row].Margin);
            Assert.Empty(predictions[row].RunnersUp);
        }
    }

    [Fact]
    public async Task Given_enough_tasks_when_the_gradient_is_certain_then_only_the_best_mask_is_run()
    {
        TaskMask mask = MaskFile.Read(new(NetworkPlan.Dense(784, [100], 50), 7), (await _model.GetMaskAsync(0, Stop)).File, "0");
        byte[] unlike = MaskFile.Write(new(NetworkPlan.Dense(784, [100], 50), 7), new TaskMask(mask.Shape, new byte[mask.Bits.Length]));
        foreach (int task in Enumerable.Range(Tasks, SearchRule.FewMasks)) await _model.ImportAsync(task, unlike, cancellationToken: Stop);
        (InputBatch inputs, _) = await RealData.TestImagesAsync(2, 0, 100);
        Prediction[] predictions = await _model.InferAsync(inputs, new InferenceOptions { Shortlist = 3, CertainAbove = 2 }, Stop);
        Assert.All(predictions, prediction =>
        {
            Assert.Equal(prediction.Lead <= 2, prediction.Margin.HasValue);
            Assert.Equal(prediction.Lead <= 2 ? 2 : 0, prediction.RunnersUp.Count(candidate => candidate.Entropy is not null));
        });
        Assert.Contains(predictions, prediction => prediction.Lead > 2);
        Prediction[] certain = await _model.InferAsync(inputs, new InferenceOptions { CertainAbove = 0 }, Stop);
        Assert.All(certain, prediction => Assert.Null(prediction.Margin));
        Prediction[] never = await _model.InferAsync(inputs, new InferenceOptions { CertainAbove = double.PositiveInfinity }, Stop);
        Assert.All(never, prediction => Assert.True(prediction.Margin >= 0));
    }

    [Fact]
    public async Task Given_few_tasks_when_inferred_then_every_candidate_is_run_and_the_greatest_evidence_wins()
    {
        (InputBatch inputs, _) = await RealData.TestImagesAsync(2, 0, 50);
        Prediction[] predictions = await _model.InferAsync(inputs, cancellationToken: Stop);
        TaskPredictions[] each = await Task.WhenAll(Enumerable.Range(0, Tasks).Select(task => _model.PredictAsync(task, inputs, Stop)));
        TaskSummary[] summaries = [.. (await _model.DescribeAsync(Stop)).Tasks.OrderBy(summary => summary.Task)];
        for (int row = 0; row < 50; row++)
        {
            double[] evidence = [.. each.Select((read, task) => read.Evidence[row] - (0.75 * summaries[task].UsualEvidence!.Value))];
            Assert.Equal(evidence.Max(), evidence[predictions[row].Task], 1e-4);
            Assert.Equal(each[predictions[row].Task].Entropies[row], predictions[row].Entropy, 1e-4);
            Assert.Equal(Tasks - 1, predictions[row].RunnersUp.Count(candidate => candidate.Entropy is not null));
            Assert.True(predictions[row].Margin >= 0);
        }

        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _model.InferAsync(inputs, new InferenceOptions { CertainAbove = double.NaN }, Stop), "NaN");
    }

    [Fact]
    public async Task Given_rows_of_one_task_when_inferred_together_then_all_get_it_and_each_its_class_by_it()
    {
        InferenceOptions shared = new() { SharedTask = true };
        InputBatch[] asked = new InputBatch[Tasks];
        for (int task = 0; task < Tasks; task++) asked[task] = (await RealData.TestImagesAsync(task, 0, 20)).Inputs;
        Prediction[][] answers = await Task.WhenAll(asked.Select(inputs => _model.InferAsync(inputs, shared, Stop)));
        TaskSummary[] summaries = [.. (await _model.DescribeAsync(Stop)).Tasks.OrderBy(summary => summary.Task)];
        for (int task = 0; task < Tasks; task++)
        {
            InputBatch inputs = asked[task];
            TaskPredictions[] each =
                await Task.WhenAll(Enumerable.Range(0, Tasks).Select(other => _model.PredictAsync(other, inputs, Stop)));
            double[] evidence = [.. each.Select((read, other) => Evidence.OfShared(
                [.. read.Evidence.Select((value, row) => new MaskPrediction(read.Classes[row], read.Entropies[row], value))],
                0.75 * summaries[other].UsualEvidence!.Value))];
            Assert.Equal(task, Array.IndexOf(evidence, evidence.Max()));
            Assert.All(answers[task], (prediction, row) =>
            {
                Assert.Equal(task, prediction.Task);
                Assert.Equal(each[task].Classes[row], prediction.Class);
                Assert.Equal(Tasks - 1, prediction.RunnersUp.Length);
                Assert.Equal(evidence.Max() - evidence.Where((_, other) => other != task).Max(), prediction.Margin!.Value, 1e-2);
            });
        }

        // The next test's images share no task: alone they are of the tasks that they are of.
        InputBatch mixed = new() { Rows = 2, Values = [.. asked[0].Values[..784], .. asked[1].Values[..784]] };
        Assert.Single((await _model.InferAsync(mixed, shared, Stop)).Select(prediction => prediction.Task).Distinct());
        Assert.Equal([0, 1], (await _model.InferAsync(mixed, cancellationToken: Stop)).Select(prediction => prediction.Task));
    }

    [Fact]
    public async Task Given_many_small_requests_at_once_when_inferred_then_each_gets_the_answers_it_gets_alone()
    {
        (InputBatch inputs, _) = await RealData.TestImagesAsync(1, 0, 60);
        InputBatch[] single =
            [.. Enumerable.Range(0, 60).Select(row => new InputBatch { Rows = 1, Values = inputs.Values[(row * 784)..((row + 1) * 784)] })];
        List<Prediction> alone = [];
        foreach (InputBatch request in single) alone.AddRange(await _model.InferAsync(request, cancellationToken: Stop));
        Prediction[][] together = await Task.WhenAll(
            single.Select((request, i) => _model.InferAsync(request, i % 3 == 0 ? new InferenceOptions { Shortlist = 2 } : null, Stop)));
        Assert.Equal(alone.Select(a => (a.Task, a.Class)), together.Select(answers => (Assert.Single(answers).Task, answers[0].Class)));
        Assert.All(together.Where((_, i) => i % 3 == 0), answers => Assert.Single(answers[0].RunnersUp));
    }

    [Fact]
    public async Task Given_candidates_when_inferred_then_only_they_are_superimposed_and_answered()
    {
        (InputBatch inputs, _) = await RealData.TestImagesAsync(1, 0, 50);
        Prediction[] among = await _model.InferAsync(inputs, new InferenceOptions { Candidates = [3, 1] }, Stop);
        Assert.InRange(among.Count(prediction => prediction.Task == 1), 47, 50);
        Assert.All(among, prediction => Assert.Contains(prediction.Task, new[] { 1, 3 }));
        Prediction[] without = await _model.InferAsync(inputs, new InferenceOptions { Candidates = [0, 2] }, Stop);
        Assert.All(without, prediction => Assert.Contains(prediction.Task, new[] { 0, 2 }));
        await Expect.ErrorAsync(
            SupSupError.NotFound, () => _model.InferAsync(inputs, new InferenceOptions { Candidates = [1, 99] }, Stop), "99");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _model.InferAsync(inputs, new InferenceOptions { Candidates = [] }, Stop), "empty");
    }

    [Fact]
    public async Task Given_a_task_learned_between_queries_when_inferred_then_it_is_among_the_answers()
    {
        (InputBatch inputs, _) = await RealData.TestImagesAsync(9, 0, 50);
        Prediction[] before = await _model.InferAsync(inputs, cancellationToken: Stop);
        await _model.LearnAsync(9, RealData.Order(9), cancellationToken: Stop);
        Prediction[] after = await _model.InferAsync(inputs, cancellationToken: Stop);
        Assert.All(before, prediction => Assert.InRange(prediction.Task, 0, Tasks - 1));
        Assert.InRange(after.Count(prediction => prediction.Task == 9), 47, 50);
    }

    [Fact]
    public async Task Given_tasks_learned_while_queries_run_when_asked_then_no_query_fails_and_all_tasks_are_found_at_the_end()
    {
        (InputBatch inputs, _) = await RealData.TestImagesAsync(0, 0, 20);
        using CancellationTokenSource learned = new();
        Task queries = Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            while (!learned.IsCancellationRequested)
            {
                Prediction[] predictions = await _model.InferAsync(inputs, cancellationToken: Stop);
                Assert.InRange(predictions.Count(prediction => prediction.Task == 0), 17, 20);
            }
        }));
        await Task.WhenAll(Enumerable.Range(10, 4).Select(task => _model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop)));
        await learned.CancelAsync();
        await queries;
        for (int task = 10; task < 14; task++)
        {
            (InputBatch images, _) = await RealData.TestImagesAsync(task, 0, 20);
            Assert.InRange((await _model.InferAsync(images, cancellationToken: Stop)).Count(prediction => prediction.Task == task), 17, 20);
        }
    }

    [Fact]
    public async Task Given_a_shard_that_lost_its_memory_when_asked_then_it_is_rebuilt_and_answers_the_same()
    {
        (InputBatch inputs, _) = await RealData.TestImagesAsync(3, 0, 30);
        Prediction[] before = await _model.InferAsync(inputs, cancellationToken: Stop);
        await _silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, Stop);
        Assert.True(
            (await _silo.Grains.GetGrain<IShardGrain>("m/0").CountAsync(new ShardScope { Revision = Tasks, Slots = [0] }, Stop)).IsBehind);
        Prediction[] after = await _model.InferAsync(inputs, cancellationToken: Stop);
        Assert.Equal(before.Select(p => (p.Task, p.Class)), after.Select(p => (p.Task, p.Class)));

        ShardScores unknown = await _silo.Grains.GetGrain<IShardGrain>("m/7").ScanAsync(
            new ShardScope { Revision = 1, Slots = [0] },
            new FactorBatch { Rows = 1, Deltas = [new float[100]], Activations = [new float[784]] }, 0, 1, Stop);
        Assert.True(unknown.IsBehind);
    }

    [Fact]
    public async Task Given_input_that_cannot_be_meant_when_inferred_then_one_line_names_it()
    {
        InputBatch good = (await RealData.TestImagesAsync(0, 0, 1)).Inputs;
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _model.InferAsync(good with { Rows = 2 }, cancellationToken: Stop), "784 values", "2 rows");
        await Expect.ErrorAsync(SupSupError.InvalidRequest,
            () => _model.InferAsync(new InputBatch { Rows = 0, Values = [] }, cancellationToken: Stop), "0 rows");
        float[] broken = [.. good.Values];
        broken[5] = float.NaN;
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _model.InferAsync(good with { Values = broken }, cancellationToken: Stop), "not finite");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _model.PredictAsync(0, good with { Values = broken }, Stop), "not finite");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _model.InferAsync(good, new InferenceOptions { Shortlist = 0 }, Stop), "shortlist of 0");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _model.InferAsync(good, new InferenceOptions { Objective = "X" }, Stop), "'X'", "H, G");
        SupSupModel exact = await _silo.Client.CreateAsync("exact", RealData.Spec with { Outputs = 10 }, Stop);
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => exact.InferAsync(good, new InferenceOptions { Objective = "G" }, Stop), "G", "superfluous");
        await Expect.ErrorAsync(SupSupError.NotFound, () => exact.InferAsync(good, cancellationToken: Stop), "exact", "no task yet");
    }
}
