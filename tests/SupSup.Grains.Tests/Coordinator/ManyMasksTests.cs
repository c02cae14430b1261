using SupSup.Client;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Coordinator;

/// <summary>More masks than a shard holds: coarse scans, exact scores of what they leave, rows with tasks of their own.</summary>
public sealed class ManyMasksTests : IAsyncLifetime
{
    private const int Tasks = 1060;
    private static readonly ModelSpec Spec = new() { Inputs = 60, Hidden = [40, 20], Outputs = 30, Classes = 5, Seed = 11 };
    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(60, [40, 20], 30), 11);
    private readonly TemporaryStore _store = new();
    private readonly TaskMask[] _masks = [.. Enumerable.Range(0, Tasks).Select(RandomMask)];
    private TestSilo _silo = null!;
    private SupSupModel _model = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _silo = await TestSilo.StartAsync(_store.Folder);
        _model = await _silo.Client.CreateAsync("many", Spec, Stop);
        await Parallel.ForEachAsync(Enumerable.Range(0, Tasks), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (task, stop) =>
            await _model.ImportAsync(task, MaskFile.Write(Network, _masks[task]), stop));
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _store.Dispose();
    }

    [Theory]
    [InlineData("H", false)]
    [InlineData("G", false)]
    [InlineData("H", true)]
    [InlineData("G", true)]
    public async Task Given_more_masks_than_a_shard_holds_when_inferred_then_the_task_is_that_of_exact_scoring(
        string objective, bool firstLayerOnly)
    {
        const int Rows = 40;
        InputBatch inputs = Images(Rows);
        Prediction[] answers = await _model.InferAsync(
            inputs, new InferenceOptions { Objective = objective, FirstLayerOnly = firstLayerOnly, Shortlist = 1 }, Stop);
        Prediction alone = (await _model.InferAsync(new InputBatch { Rows = 1, Values = inputs.Values[..60] }, new InferenceOptions
        {
            Objective = objective,
            FirstLayerOnly = firstLayerOnly,
            Shortlist = 1,
        }, Stop))[0];

        MaskCounts counts = new(Network.Shape);
        foreach (TaskMask mask in _masks) counts.Add(mask);
        using EffectiveNetwork superposition = EffectiveNetwork.Of(Network, counts);
        RankOneFactors factors = superposition.Differentiate(inputs.Values, Rows, Objectives.Get(objective), Spec.Classes);
        GradientScores scorer = new(Network, firstLayerOnly ? LayerSelection.First : LayerSelection.All);
        for (int row = 0; row < Rows; row++)
        {
            float[] scores = scorer.Of(factors, row, 1, _masks);

            // The directory's order is that of acknowledgement; the superposition's sums do not depend on it.
            Assert.Equal(scores.Max(), scores[answers[row].Task], 1e-5 * Math.Abs(scores.Max()));
            using EffectiveNetwork own = EffectiveNetwork.Of(Network, _masks[answers[row].Task]);
            float[] logits = own.Logits(inputs.Values.AsSpan(row * 60, 60), 1);
            Assert.Equal(EntropyObjective.Entropy(logits), answers[row].Entropy, 1e-3);
        }

        Assert.Equal(answers[0].Task, alone.Task);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Given_gradients_that_are_not_certain_when_inferred_then_of_the_best_that_come_close_the_greatest_evidence_decides(
        bool firstLayerOnly)
    {
        const int Rows = 40;
        InputBatch inputs = Images(Rows);
        Prediction[] answers = await _model.InferAsync(inputs, new InferenceOptions { FirstLayerOnly = firstLayerOnly }, Stop);
        MaskCounts counts = new(Network.Shape);
        foreach (TaskMask mask in _masks) counts.Add(mask);
        using EffectiveNetwork superposition = EffectiveNetwork.Of(Network, counts);
        RankOneFactors factors = superposition.Differentiate(inputs.Values, Rows, Objectives.Get("G"), Spec.Classes);
        GradientScores scorer = new(Network, firstLayerOnly ? LayerSelection.First : LayerSelection.All);
        int unsure = 0;
        for (int row = 0; row < Rows; row++)
        {
            float[] scores = scorer.Of(factors, row, 1, _masks);
            int[] ranked = [.. Enumerable.Range(0, Tasks).OrderByDescending(task => scores[task])];
            double mean = ranked.Skip(1).Average(task => (double)scores[task]);
            double spread = Math.Sqrt(ranked.Skip(1).Average(task => Math.Pow(scores[task] - mean, 2)));
            double Behind(int task) => (scores[ranked[0]] - scores[task]) / spread;
            MaskPrediction Read(int task)
            {
                using EffectiveNetwork own = EffectiveNetwork.Of(Network, _masks[task]);
                return own.Predict(inputs.Values.AsSpan(row * 60, 60), 1, Spec.Classes)[0];
            }

            // The service knows the spread from what it has read: to a few per cent. The eighth may be the ninth where sums
            // are in single precision.
            Assert.InRange(Behind(answers[row].Task), 0, 1.15);
            MaskPrediction winner = Read(answers[row].Task);
            Assert.Equal(winner.Entropy, answers[row].Entropy, 1e-3);
            int[] close = [.. ranked.Take(7).Where(task => Behind(task) < 0.87)];
            Assert.All(close, task => Assert.True(
                Read(task).Evidence < winner.Evidence + 1e-3, $"row {row}: task {task} has more evidence than {answers[row].Task}"));
            if (answers[row].Margin is not null) unsure++;
            Assert.All(answers[row].RunnersUp, candidate => Assert.True(float.IsFinite(candidate.Score)));
        }

        Assert.True(unsure > Rows / 2, $"{unsure} of {Rows} images were not certain; random masks leave most of them so");
    }

    [Fact]
    public async Task Given_a_scan_that_a_shard_does_not_keep_when_refined_then_it_says_so()
    {
        IShardGrain shard = _silo.Grains.GetGrain<IShardGrain>("many/0");
        await _model.InferAsync(Images(1), cancellationToken: Stop);
        ShardScope scope = new() { Revision = 1, Slots = [.. Enumerable.Range(0, 1024)] };
        FactorBatch Batch() => new()
        {
            Rows = 1,
            Deltas = [[.. Enumerable.Range(0, 40).Select(n => 0.1f + n)]],
            Activations = [[.. Enumerable.Range(0, 60).Select(n => 0.5f + n)]]
        };
        ShardRefinement Refinement(FactorBatch batch) =>
            new() { Pass = batch.Pass, Rows = [0], Depths = [2], Floors = [double.NegativeInfinity], Best = 3 };
        FactorBatch first = Batch();
        ShardScores coarse = await shard.ScanAsync(scope, first, 0, 3, Stop);
        Assert.True(coarse.UnseenVariances[0] > 0);
        Assert.Equal(0, (await shard.RefineAsync(Refinement(first), Stop))!.UnseenVariances[0]);

        // Nothing is left to refine; and of many, the oldest are forgotten.
        Assert.Null(await shard.RefineAsync(Refinement(first), Stop));
        FactorBatch[] many = [.. Enumerable.Range(0, 100).Select(_ => Batch())];
        foreach (FactorBatch batch in many) await shard.ScanAsync(scope, batch, 0, 3, Stop);
        Assert.Null(await shard.RefineAsync(Refinement(many[0]), Stop));
        Assert.NotNull(await shard.RefineAsync(Refinement(many[^1]), Stop));
    }

    [Fact]
    public async Task Given_rows_with_tasks_of_their_own_when_predicted_then_each_is_run_by_its_mask()
    {
        InputBatch inputs = Images(7);
        int[] tasks = [3, 1059, 3, 0, 1024, 500, 1023];
        TaskPredictions predictions = await _model.PredictAsync(tasks, inputs, Stop);
        for (int row = 0; row < tasks.Length; row++)
        {
            TaskPredictions own = await _model.PredictAsync(
                tasks[row], new InputBatch { Rows = 1, Values = inputs.Values[(row * 60)..((row + 1) * 60)] }, Stop);
            Assert.Equal(own.Classes[0], predictions.Classes[row]);
            Assert.Equal(own.Entropies[0], predictions.Entropies[row], 1e-4);
        }

        await Expect.ErrorAsync(SupSupError.NotFound, () => _model.PredictAsync([0, 1, 2, 3, 4, 5, 9999], inputs, Stop), "task 9999");
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => _model.PredictAsync([0], inputs, Stop), "1 tasks", "7 rows");
    }

    [Fact]
    public async Task Given_a_mask_when_imported_again_then_nothing_changes_and_another_or_a_damaged_one_is_refused()
    {
        byte[] file = MaskFile.Write(Network, _masks[5]);
        TaskSummary again = await _model.ImportAsync(5, file, Stop);
        Assert.Equal((1, MaskFile.Checksum(file)), (again.Version, again.Checksum));
        await Expect.ErrorAsync(
            SupSupError.Conflict, () => _model.ImportAsync(5, MaskFile.Write(Network, _masks[6]), Stop), "many/5", "another mask");
        byte[] damaged = [.. file];
        damaged[100] ^= 1;
        await Expect.ErrorAsync(SupSupError.Damaged, () => _model.ImportAsync(5, damaged, Stop), "many/5", "checksum");
        Assert.Equal(file, (await _model.GetMaskAsync(5, Stop)).File);
    }

    [Fact]
    public async Task Given_a_mask_and_its_details_when_imported_then_the_model_has_them_and_others_are_refused()
    {
        SupSupModel model = await _silo.Client.CreateAsync("normalised", Spec, Stop);
        byte[] file = MaskFile.Write(Network, _masks[5]);
        PixelNormalization normalization = new() { Means = [0.5f, 0.25f], Deviations = [0.25f, 0.125f] };
        TaskDetails told = new()
        {
            Normalization = normalization,
            Classes = 3,
            Names = new TaskNames { Task = "digits", Classes = ["zero", "one", "two"] },
        };
        TaskSummary[] imported = [await model.ImportAsync(5, file, told, Stop), await model.ImportAsync(5, file, told, Stop),
            await model.ImportAsync(5, file, Stop)];
        Assert.All(
            imported, summary => Assert.Equal((normalization, 3, told.Names), (summary.Normalization, summary.Classes, summary.Names)));
        Assert.Equal(normalization, (await model.DescribeAsync(Stop)).Normalization);
        foreach (Prediction answer in await model.InferAsync(Images(8), cancellationToken: Stop))
            Assert.Equal(("digits", told.Names.Classes[answer.Class]), (answer.TaskName, answer.ClassName));
        TaskPredictions given = await model.PredictAsync(5, Images(8), Stop);
        Assert.Equal(given.Classes.Select(label => told.Names.Classes[label]), given.ClassNames);
        TaskPredictions ofRows = await model.PredictAsync([5, 5, 5], Images(3), Stop);
        Assert.Equal(ofRows.Classes.Select(label => told.Names.Classes[label]), ofRows.ClassNames);
        await Expect.ErrorAsync(
            SupSupError.Conflict, () => model.ImportAsync(5, file, told with { Classes = 4, Names = null }, Stop), "normalised/5",
            $"{told}");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => model.ImportAsync(
                6, file, new TaskDetails { Normalization = PixelNormalization.Grey(0.5f, 0) }, Stop), "deviations above 0");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => model.ImportAsync(6, file, told with { Classes = 4 }, Stop), "3 class names for 4 classes");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => model.ImportAsync(6, file, new TaskDetails { Classes = 5000 }, Stop), "5000 classes");
        Assert.Single((await model.DescribeAsync(Stop)).Tasks);

        // Names tell how many classes there are; what is left out is at odds with nothing.
        TaskDetails named = new() { Names = told.Names };
        Assert.Equal(3, (await model.ImportAsync(6, MaskFile.Write(Network, _masks[6]), named, Stop)).Classes);
        Assert.Equal(imported[0], await model.ImportAsync(5, file, new TaskDetails { Normalization = normalization }, Stop));
    }

    [Fact]
    public async Task Given_many_tasks_learned_between_queries_when_asked_then_the_superposition_is_counted_again_and_queries_go_on()
    {
        InputBatch inputs = Images(4);
        await _model.InferAsync(inputs, cancellationToken: Stop);
        for (int more = 0; more < 2; more++)
        {
            // More than are added to the superposition one by one, while others ask.
            Task<Prediction[]>[] asked = [.. Enumerable.Range(0, 20).Select(_ => _model.InferAsync(inputs, cancellationToken: Stop))];
            await Task.WhenAll(Enumerable.Range(Tasks + (20 * more), 20)
                .Select(task => _model.ImportAsync(task, MaskFile.Write(Network, RandomMask(task)), Stop)));
            await Task.WhenAll(asked);
            Prediction[] answers = await _model.InferAsync(inputs, cancellationToken: Stop);
            Assert.Equal(answers.Select(answer => answer.Task),
                (await _model.InferAsync(inputs, cancellationToken: Stop)).Select(answer => answer.Task));
        }
    }

    private static InputBatch Images(int rows)
    {
        // Mostly background, as images are.
        Random random = new(rows);
        return new InputBatch
        {
            Rows = rows,
            Values = [.. Enumerable.Range(0, rows * 60).Select(_ => random.Next(4) == 0 ? (float)random.NextDouble() * 3 : -0.4f)]
        };
    }

    private static TaskMask RandomMask(int task)
    {
        byte[] bits = new byte[Network.Shape.PackedBytes];
        new Random(task).NextBytes(bits);
        return new TaskMask(Network.Shape, bits);
    }
}
