using SupSup.Client;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Coordinator;

/// <summary>More masks than a shard holds: coarse scans, exact scores of what they leave, rows with tasks of their own.</summary>
public sealed class ManyMasksTests : IAsyncLifetime
{
    private const int Tasks = 1060;
    private static readonly ModelSpec Spec = new() { Inputs = 60, Hidden = [40, 20], Outputs = 30, Classes = 5, Seed = 11 };
    private static readonly FixedNetwork Network = new(new NetworkShape(60, [40, 20], 30), 11);
    private readonly TemporaryStore _store = new();
    private readonly PackedMask[] _masks = [.. Enumerable.Range(0, Tasks).Select(RandomMask)];
    private TestSilo _silo = null!;
    private SupSupModel _model = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _silo = await TestSilo.StartAsync(_store.Folder);
        _model = await _silo.Client.CreateAsync("many", Spec, Stop);
        await Parallel.ForEachAsync(Enumerable.Range(0, Tasks), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (task, stop) =>
            await _model.ImportAsync(task, PackedMaskFile.Write(Network, _masks[task]), stop));
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
    public async Task given_more_masks_than_a_shard_holds_when_inferred_then_the_task_is_that_of_exact_scoring(string objective, bool firstLayerOnly)
    {
        const int Rows = 40;
        InputBatch inputs = Images(Rows);
        Prediction[] answers = await _model.InferAsync(inputs, new InferenceOptions { Objective = objective, FirstLayerOnly = firstLayerOnly, Shortlist = 1 }, Stop);
        Prediction alone = (await _model.InferAsync(new InputBatch { Rows = 1, Values = inputs.Values[..60] }, new InferenceOptions { Objective = objective, FirstLayerOnly = firstLayerOnly, Shortlist = 1 }, Stop))[0];

        MaskCounts counts = new(Network.Shape);
        foreach (PackedMask mask in _masks) counts.Add(mask);
        using EffectiveNetwork superposition = EffectiveNetwork.Of(Network, counts);
        RankOneFactors factors = superposition.Differentiate(inputs.Values, Rows, Objectives.Get(objective), Spec.Classes);
        OneShotScorer scorer = new(Network, firstLayerOnly ? LayerSelection.First : LayerSelection.All);
        float[] scores = new float[Tasks];
        for (int row = 0; row < Rows; row++)
        {
            scorer.Score(factors, row, _masks, scores);

            // The directory's order is that of acknowledgement; the superposition's sums do not depend on it.
            Assert.Equal(scores.Max(), scores[answers[row].Task], 1e-5 * Math.Abs(scores.Max()));
            using EffectiveNetwork own = EffectiveNetwork.Of(Network, _masks[answers[row].Task]);
            float[] logits = own.Logits(inputs.Values.AsSpan(row * 60, 60), 1);
            Assert.Equal(EntropyObjective.Entropy(logits), answers[row].Entropy, 1e-3);
        }

        Assert.Equal(answers[0].Task, alone.Task);
    }

    [Fact]
    public async Task given_rows_with_tasks_of_their_own_when_predicted_then_each_is_run_by_its_mask()
    {
        InputBatch inputs = Images(7);
        int[] tasks = [3, 1059, 3, 0, 1024, 500, 1023];
        TaskPredictions predictions = await _model.PredictAsync(tasks, inputs, Stop);
        for (int row = 0; row < tasks.Length; row++)
        {
            TaskPredictions own = await _model.PredictAsync(tasks[row], new InputBatch { Rows = 1, Values = inputs.Values[(row * 60)..((row + 1) * 60)] }, Stop);
            Assert.Equal(own.Classes[0], predictions.Classes[row]);
            Assert.Equal(own.Entropies[0], predictions.Entropies[row], 1e-4);
        }

        await Expect.ErrorAsync(SupSupError.NotFound, () => _model.PredictAsync([0, 1, 2, 3, 4, 5, 9999], inputs, Stop), "task 9999");
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => _model.PredictAsync([0], inputs, Stop), "1 tasks", "7 rows");
    }

    [Fact]
    public async Task given_a_mask_when_imported_again_then_nothing_changes_and_another_or_a_damaged_one_is_refused()
    {
        byte[] file = PackedMaskFile.Write(Network, _masks[5]);
        TaskSummary again = await _model.ImportAsync(5, file, Stop);
        Assert.Equal((1, PackedMaskFile.Checksum(file)), (again.Version, again.Checksum));
        await Expect.ErrorAsync(SupSupError.Conflict, () => _model.ImportAsync(5, PackedMaskFile.Write(Network, _masks[6]), Stop), "many/5", "another mask");
        byte[] damaged = [.. file];
        damaged[100] ^= 1;
        await Expect.ErrorAsync(SupSupError.Damaged, () => _model.ImportAsync(5, damaged, Stop), "many/5", "checksum");
        Assert.Equal(file, (await _model.GetMaskAsync(5, Stop)).File);
    }

    [Fact]
    public async Task given_many_tasks_learned_between_queries_when_asked_then_the_superposition_is_counted_anew_and_queries_go_on()
    {
        InputBatch inputs = Images(4);
        await _model.InferAsync(inputs, cancellationToken: Stop);
        for (int more = 0; more < 2; more++)
        {
            // More than are added to the superposition one by one, while others ask.
            Task<Prediction[]>[] asked = [.. Enumerable.Range(0, 20).Select(_ => _model.InferAsync(inputs, cancellationToken: Stop))];
            await Task.WhenAll(Enumerable.Range(Tasks + (20 * more), 20).Select(task => _model.ImportAsync(task, PackedMaskFile.Write(Network, RandomMask(task)), Stop)));
            await Task.WhenAll(asked);
            Prediction[] answers = await _model.InferAsync(inputs, cancellationToken: Stop);
            Assert.Equal(answers.Select(answer => answer.Task), (await _model.InferAsync(inputs, cancellationToken: Stop)).Select(answer => answer.Task));
        }
    }

    private static InputBatch Images(int rows)
    {
        // Mostly background, as images are.
        Random random = new(rows);
        return new InputBatch { Rows = rows, Values = [.. Enumerable.Range(0, rows * 60).Select(_ => random.Next(4) == 0 ? (float)random.NextDouble() * 3 : -0.4f)] };
    }

    private static PackedMask RandomMask(int task)
    {
        byte[] bits = new byte[Network.Shape.PackedBytes];
        new Random(task).NextBytes(bits);
        return new PackedMask(Network.Shape, bits);
    }
}
