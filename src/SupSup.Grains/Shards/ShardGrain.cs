using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Shards;

/// <summary>
/// A bank of masks in memory. Reentrant: passes run on the silo's inference threads over one state of the bank, and
/// only assignments, which wait for one another, replace it.
/// </summary>
[GrainType("shard"), Reentrant]
public sealed class ShardGrain : Grain, IShardGrain, IDisposable
{
    private readonly NetworkCatalog _networks;
    private readonly InferenceCompute _compute;
    private readonly int _fetches;
    private readonly string _model;
    private readonly ConcurrentDictionary<LayerSelection, ConcurrentBag<OneShotScorer>> _scorers = new();
    private readonly SemaphoreSlim _assigning = new(1);
    private MaskBank? _bank;

    /// <summary>Created by Orleans.</summary>
    public ShardGrain(IGrainContext context, NetworkCatalog networks, InferenceCompute compute, IOptions<ComputeOptions> options)
    {
        _networks = networks;
        _compute = compute;
        _fetches = options.Value.MaskFetches;
        (_model, _) = GrainKeys.Split(context.GrainId.Key.ToString()!);
    }

    /// <inheritdoc/>
    public async Task AssignAsync(ShardAssignment assignment, CancellationToken cancellationToken)
    {
        await _assigning.WaitAsync(cancellationToken);
        try
        {
            if (_bank is { } bank && bank.Revision >= assignment.Revision) return;
            ModelNetwork network = _networks.Open(assignment.Spec);
            PackedMask[] masks = new PackedMask[assignment.Slots.Length];
            List<int> missing = [];
            for (int slot = 0; slot < masks.Length; slot++)
            {
                if (_bank is not null && slot < _bank.Slots.Length && _bank.Slots[slot] == assignment.Slots[slot]) masks[slot] = _bank.Masks[slot];
                else missing.Add(slot);
            }

            // Bounded, so that a rebuilt shard does not wake a thousand task grains at once.
            foreach (int[] slots in missing.Chunk(_fetches))
                await Task.WhenAll(slots.Select(async slot => masks[slot] = await FetchAsync(network, assignment.Slots[slot], cancellationToken)));
            _bank = new MaskBank(network, assignment.Revision, assignment.Slots, ImmutableArray.Create(masks));
        }
        finally
        {
            _assigning.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<ShardCounts> CountAsync(ShardScope scope, CancellationToken cancellationToken)
    {
        if (Behind(scope.Revision) is not { } bank) return new ShardCounts { IsBehind = true };
        return await _compute.RunAsync(
            () =>
            {
                MaskCounts counts = new(bank.Network.Network.Shape);
                foreach (int slot in scope.Slots) counts.Add(bank.Masks[slot]);
                return new ShardCounts
                {
                    Tasks = counts.Tasks,
                    Layers = [.. counts.Shape.Layers.Select((_, l) => counts.Layer(l).ToArray())],
                };
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ShardScores> ScoreAsync(ShardScope scope, FactorBatch factors, int best, CancellationToken cancellationToken)
    {
        if (Behind(scope.Revision) is not { } bank) return new ShardScores { IsBehind = true };
        int perRow = Math.Min(best, scope.Slots.Length);
        ShardScores result = new()
        {
            PerRow = perRow,
            Tasks = new int[factors.Rows * perRow],
            Scores = new float[factors.Rows * perRow],
            Sums = new double[factors.Rows],
            SumsOfSquares = new double[factors.Rows],
        };
        PackedMask[] masks = [.. scope.Slots.Select(slot => bank.Masks[slot])];
        RankOneFactors rankOne = new(bank.Network.Network.Shape, factors.Rows, factors.Deltas, factors.Activations);
        LayerSelection layers = factors.Deltas.Length == 1 && bank.Network.Network.Shape.Layers.Length > 1 ? LayerSelection.First : LayerSelection.All;
        await _compute.ForAsync(
            factors.Rows,
            (start, end) =>
            {
                ConcurrentBag<OneShotScorer> idle = _scorers.GetOrAdd(layers, _ => []);
                if (!idle.TryTake(out OneShotScorer? scorer)) scorer = new OneShotScorer(bank.Network.Network, layers);
                float[] scores = new float[masks.Length];
                Span<int> positions = new int[perRow];
                for (int row = start; row < end; row++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    scorer.Score(rankOne, row, masks, scores);
                    BestCandidates.Pick(scores, positions);
                    foreach (float score in scores) (result.Sums[row], result.SumsOfSquares[row]) = (result.Sums[row] + score, result.SumsOfSquares[row] + ((double)score * score));
                    for (int i = 0; i < perRow; i++)
                    {
                        result.Tasks[row * perRow + i] = bank.Slots[scope.Slots[positions[i]]].Task;
                        result.Scores[row * perRow + i] = scores[positions[i]];
                    }
                }

                idle.Add(scorer);
            },
            cancellationToken);
        return result;
    }

    /// <inheritdoc/>
    public async Task<TaskPredictions?> VerifyAsync(long revision, FinalistBatch finalists, CancellationToken cancellationToken)
    {
        if (Behind(revision) is not { } bank) return null;
        TaskPredictions result = new() { Classes = new int[finalists.Rows.Length], Entropies = new double[finalists.Rows.Length] };
        int[][] runsBySlot = [.. Enumerable.Range(0, finalists.Rows.Length).GroupBy(run => finalists.Slots[run]).Select(group => group.ToArray())];
        await _compute.ForAsync(
            runsBySlot.Length,
            (start, end) =>
            {
                foreach (int[] runs in runsBySlot.AsSpan(start, end - start))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Verify(bank, finalists, runs, result);
                }
            },
            cancellationToken);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _assigning.Dispose();

    // All runs of one mask in one product.
    private static void Verify(MaskBank bank, FinalistBatch finalists, int[] runs, TaskPredictions result)
    {
        ModelSpec spec = bank.Network.Spec;
        float[] inputs = new float[runs.Length * spec.Inputs];
        for (int i = 0; i < runs.Length; i++)
            finalists.Inputs.Values.AsSpan(finalists.Rows[runs[i]] * spec.Inputs, spec.Inputs).CopyTo(inputs.AsSpan(i * spec.Inputs));
        using EffectiveNetwork effective = EffectiveNetwork.Of(bank.Network.Network, bank.Masks[finalists.Slots[runs[0]]]);
        int[] classes = new int[runs.Length];
        double[] entropies = new double[runs.Length];
        MaskPrediction.Read(effective.Logits(inputs, runs.Length), spec.Outputs, spec.Classes, classes, entropies);
        for (int i = 0; i < runs.Length; i++) (result.Classes[runs[i]], result.Entropies[runs[i]]) = (classes[i], entropies[i]);
    }

    private MaskBank? Behind(long revision) => _bank is { } bank && bank.Revision >= revision ? bank : null;

    private async Task<PackedMask> FetchAsync(ModelNetwork network, ShardSlot slot, CancellationToken cancellationToken)
    {
        string key = GrainKeys.Task(_model, slot.Task);
        PackedMaskBlob blob = await GrainFactory.GetGrain<ITaskGrain>(key).GetMaskAsync(cancellationToken);
        return network.Read(blob, key);
    }
}
