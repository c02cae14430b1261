using SupSup.Client;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Search;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Inference;

/// <summary>
/// Experiments ask a bank in their own process, users a silo: the answers must be the same, or published figures are not of the service.
/// </summary>
public sealed class SameAnswersTests : IAsyncLifetime
{
    // More than one shard holds.
    private const int Tasks = 1060;
    private const int Rows = 24;
    private const int Known = 14;
    private const int Classes = 5;

    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(60, [40, 20], 30), 11);
    private readonly TemporaryStore _store = new();
    private readonly float[] _images = Images();
    private readonly TaskMask[] _masks;
    private TestSilo _silo = null!;
    private SupSupModel _model = null!;

    public SameAnswersTests() => _masks = Masks(_images);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _silo = await TestSilo.StartAsync(_store.Folder);
        ModelSpec spec = new() { Inputs = 60, Hidden = [40, 20], Outputs = 30, Classes = Classes, Seed = 11 };
        _model = await _silo.Client.CreateAsync("same", spec, Stop);
        await Parallel.ForEachAsync(Enumerable.Range(0, Tasks), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (task, stop) =>
            await _model.ImportAsync(task, MaskFile.Write(Network, _masks[task]), stop));
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task Given_the_same_queries_when_asked_of_a_bank_and_of_a_silo_with_two_shards_then_every_field_is_the_same()
    {
        InferenceOptions[] rules =
        [
            new(),
            new() { Shortlist = 1 },
            new() { Shortlist = 3, CertainAbove = 0 },
            new() { Shortlist = 5, CertainAbove = 3, UnknownUpTo = 1 },
            new() { Shortlist = 5, CertainAbove = double.PositiveInfinity },
            new() { Shortlist = 4, ExactRunnersUp = true },
            new() { Candidates = [.. Enumerable.Range(0, 40).Select(n => 26 * n)] },
            new() { Candidates = [3, 1059, 20, 500] },
        ];
        await ArrangeAsync();
        List<SearchAnswer> all = [];
        foreach (string objective in new[] { "G", "H" })
        {
            foreach (bool firstLayerOnly in new[] { false, true })
            {
                foreach (InferenceOptions rule in rules)
                {
                    InferenceOptions options = rule with { Objective = objective, FirstLayerOnly = firstLayerOnly };
                    SearchAnswer[] expected = Ask(options);
                    Prediction[] answers = await _model.InferAsync(new InputBatch { Rows = Rows, Values = _images }, options, Stop);
                    foreach ((SearchAnswer bank, Prediction silo) in expected.Zip(answers)) AssertSame(bank, silo, options);
                    all.AddRange(expected);
                }
            }
        }

        // Every way to an answer was taken.
        Assert.All(Enum.GetValues<ScanDepth>(), depth => Assert.Contains(all, answer => answer.Depth == depth));
        Assert.Contains(all, answer => answer.Margin is null && answer.Finalists == 1);
        Assert.Contains(all, answer => answer.Margin is not null);
        Assert.Contains(all, answer => answer.RunnersUp.Length > 0 && answer.RunnersUp[^1].Entropy is null);
    }

    // Of more masks than are compared for rows that share a task, all of which were run.
    [Fact]
    public async Task Given_rows_that_share_a_task_and_many_masks_run_when_inferred_then_those_with_the_best_gradient_are_compared()
    {
        InferenceOptions all = new()
        {
            Candidates = [.. Enumerable.Range(200, 2 * SearchRule.FewMasks)],
            Objective = "G",
            CertainAbove = double.PositiveInfinity,
            SharedTask = true,
        };
        InferenceOptions byGradient = all with
        {
            CertainAbove = 0,
            ExactRunnersUp = true,
            Shortlist = SearchRule.LargestShortlist,
            SharedTask = false,
        };
        for (int row = 0; row < 8; row++)
        {
            InputBatch one = new() { Rows = 1, Values = _images[(row * 60)..((row + 1) * 60)] };

            Prediction shared = Assert.Single(await _model.InferAsync(one, all, Stop));

            Prediction gradient = Assert.Single(await _model.InferAsync(one, byGradient, Stop));
            Assert.Contains(shared.Task, gradient.RunnersUp.Select(next => next.Task).Append(gradient.Task));
        }
    }

    // After the first images both lay their masks out anew, a silo while it goes on; what a scan reads, and so the spread of scores that it
    // expects, depends on it a little.
    private async Task ArrangeAsync()
    {
        InferenceOptions options = new() { Objective = "G" };
        InputBatch batch = new() { Rows = Rows, Values = _images };
        for (int images = 0; images < 64; images += Rows)
        {
            Ask(options);
            await _model.InferAsync(batch, options, Stop);
        }

        SearchAnswer[] expected = Ask(options);
        Prediction[] answers = await _model.InferAsync(batch, options, Stop);
        for (int tries = 0; tries < 200 && Enumerable.Range(0, Rows).Any(row => Differs(expected[row].Lead, answers[row].Lead)); tries++)
        {
            await Task.Delay(20, Stop);
            Ask(options);
            answers = await _model.InferAsync(batch, options, Stop);
        }
    }

    private static bool Differs(double one, double other) => Math.Abs(one - other) > 1e-9 * one;

    // Sums over the masks are added up by shard, so that their last digits may differ; what is computed from one mask may not.
    private static void AssertSame(SearchAnswer bank, Prediction silo, InferenceOptions options)
    {
        Assert.Equal(
            (bank.Task, bank.Run.Class, bank.Run.Entropy, bank.Margin, bank.Probability),
            (silo.Task, silo.Class, silo.Entropy, silo.Margin, silo.Probability));
        Assert.Equal((float)bank.Run.Score, silo.Score);
        Assert.Equal(bank.Lead, silo.Lead, 1e-9 * bank.Lead);
        Assert.Equal(bank.Lead <= options.UnknownUpTo, silo.IsUnknown);
        Assert.Equal(0, silo.LeftOut);
        Assert.Equal(bank.RunnersUp.Select(next => (next.Task, next.Entropy)), silo.RunnersUp.Select(next => (next.Task, next.Entropy)));
        foreach ((SearchCandidate next, Candidate same) in bank.RunnersUp.Zip(silo.RunnersUp))
            Assert.Equal(next.Score, same.Score, 1e-6 * Math.Abs(next.Score));
    }

    private SearchAnswer[] Ask(InferenceOptions options)
    {
        int[] tasks = options.Candidates.IsDefault ? [.. Enumerable.Range(0, Tasks)] : [.. options.Candidates];
        MaskBank bank = new(Network);
        bank.Put([.. tasks.Select(task => KeyValuePair.Create(task, _masks[task]))]);
        RankOneFactors factors = Differentiate(tasks.Select(task => _masks[task]), _images, options.Objective!);
        bank.Arrange()?.Run();
        using BankSearch search = new(Network, Classes);
        return search.Find(bank.Snapshot, factors, options.FirstLayerOnly ? LayerSelection.First : LayerSelection.All, new SearchRule
        {
            Shortlist = options.Shortlist,
            CertainAbove = options.CertainAbove,
            ExactRunnersUp = options.ExactRunnersUp,
        });
    }

    private static RankOneFactors Differentiate(IEnumerable<TaskMask> masks, float[] images, string objective)
    {
        MaskCounts counts = new(Network.Shape);
        foreach (TaskMask mask in masks) counts.Add(mask);
        using EffectiveNetwork superposition = EffectiveNetwork.Of(Network, counts);
        return superposition.Differentiate(images, Rows, Objectives.Get(objective), Classes);
    }

    // Mostly background, as images are.
    private static float[] Images()
    {
        Random random = new(3);
        return [.. Enumerable.Range(0, Rows * 60).Select(_ => random.Next(4) == 0 ? (float)random.NextDouble() * 3 : -0.4f)];
    }

    // Random masks; those of some tasks keep rather what lowers the objective of an image, some a little and some much, so that
    // the gradient leads by anything from nothing to far.
    private static TaskMask[] Masks(float[] images)
    {
        byte[][] bits = [.. Enumerable.Range(0, Tasks).Select(task =>
        {
            byte[] some = new byte[Network.Shape.PackedBytes];
            new Random(task).NextBytes(some);
            return some;
        })];
        RankOneFactors factors = Differentiate(bits.Select(mask => new TaskMask(Network.Shape, mask)), images, "G");
        for (int image = 0; image < Known; image++)
        {
            Random random = new(-image);
            byte[] mask = bits[image * 79];
            int start = 0;
            foreach ((int l, LayerShape layer) in Network.Shape.Layers.Index())
            {
                for (int n = 0; n < layer.Count; n++)
                {
                    if (random.NextDouble() > 0.05 + (0.02 * image)) continue;
                    (int output, int input) = Math.DivRem(n, layer.FanIn);
                    float product = factors.Delta(l, image)[output] * Network.Weights(l)[n] * factors.Activation(l, image)[input];
                    byte bit = (byte)(1 << (n & 7));
                    mask[start + (n >> 3)] = (byte)(product < 0 ? mask[start + (n >> 3)] | bit : mask[start + (n >> 3)] & ~bit);
                }

                start += layer.PackedBytes;
            }
        }

        return [.. bits.Select(mask => new TaskMask(Network.Shape, mask))];
    }
}
