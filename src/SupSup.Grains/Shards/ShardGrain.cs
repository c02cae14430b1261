using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Shards;

/// <summary>
/// A bank of masks in memory. Reentrant: passes run on the silo's inference threads over one bank, which an assignment
/// replaces and does not change; gathering only fills slots that no running pass uses.
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
    private ShardBank? _bank;

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
            PackedMask?[] masks = new PackedMask?[assignment.Slots.Length];
            for (int slot = 0; slot < masks.Length; slot++)
                if (_bank is not null && slot < _bank.Slots.Length && _bank.Slots[slot] == assignment.Slots[slot]) masks[slot] = _bank.Masks[slot];
            _bank = new ShardBank(_networks.Open(assignment.Spec), assignment.Revision, assignment.Slots, masks);
        }
        finally
        {
            _assigning.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<ShardCounts> CountAsync(ShardScope scope, CancellationToken cancellationToken)
    {
        if (await GatherAsync(scope.Revision, scope.Slots, cancellationToken) is not { } bank) return new ShardCounts { IsBehind = true };
        return await _compute.RunAsync(
            () =>
            {
                MaskCounts counts = new(bank.Network.Network.Shape);
                foreach (int slot in scope.Slots) counts.Add(bank.Masks[slot]!);
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
        if (await GatherAsync(scope.Revision, scope.Slots, cancellationToken) is not { } bank) return new ShardScores { IsBehind = true };
        if (factors.Deltas.Length != 1 && factors.Deltas.Length != bank.Network.Network.Shape.Layers.Length)
            throw new SupSupException(SupSupError.InvalidRequest, $"factors of {factors.Deltas.Length} layers are neither those of the first nor of all {bank.Network.Network.Shape.Layers.Length}");
        int perRow = Math.Min(best, scope.Slots.Length);
        ShardScores result = new()
        {
            PerRow = perRow,
            Tasks = new int[factors.Rows * perRow],
            Scores = new float[factors.Rows * perRow],
            Sums = new double[factors.Rows],
            SumsOfSquares = new double[factors.Rows],
        };
        PackedMask[] masks = [.. scope.Slots.Select(slot => bank.Masks[slot]!)];
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
        if (await GatherAsync(revision, [.. finalists.Slots.Distinct()], cancellationToken) is not { } bank) return null;
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
    private static void Verify(ShardBank bank, FinalistBatch finalists, int[] runs, TaskPredictions result)
    {
        ModelSpec spec = bank.Network.Spec;
        float[] inputs = new float[runs.Length * spec.Inputs];
        for (int i = 0; i < runs.Length; i++)
            finalists.Inputs.Values.AsSpan(finalists.Rows[runs[i]] * spec.Inputs, spec.Inputs).CopyTo(inputs.AsSpan(i * spec.Inputs));
        using EffectiveNetwork effective = EffectiveNetwork.Of(bank.Network.Network, bank.Masks[finalists.Slots[runs[0]]]!);
        int[] classes = new int[runs.Length];
        double[] entropies = new double[runs.Length];
        MaskPrediction.Read(effective.Logits(inputs, runs.Length), spec.Outputs, spec.Classes, classes, entropies);
        for (int i = 0; i < runs.Length; i++) (result.Classes[runs[i]], result.Entropies[runs[i]]) = (classes[i], entropies[i]);
    }

    // The bank with at least these slots filled, or null where the shard is behind. A mask that cannot be read fails the
    // calls that are about it, not the others; it is tried again by the next such call.
    private async Task<ShardBank?> GatherAsync(long revision, ImmutableArray<int> slots, CancellationToken cancellationToken)
    {
        if (_bank is not { } bank || bank.Revision < revision) return null;
        if (!slots.Any(slot => bank.Masks[slot] is null)) return bank;
        await _assigning.WaitAsync(cancellationToken);
        try
        {
            bank = _bank!;
            int[] missing = [.. slots.Where(slot => bank.Masks[slot] is null)];

            // Bounded, so that a rebuilt shard does not wake a thousand task grains at once; and not ended by one caller's
            // cancellation, since what is gathered serves every later call.
            foreach (int[] some in missing.Chunk(_fetches))
                await Task.WhenAll(some.Select(async slot => bank.Masks[slot] = await FetchAsync(bank.Network, bank.Slots[slot])));
            return bank;
        }
        finally
        {
            _assigning.Release();
        }
    }

    private async Task<PackedMask> FetchAsync(ModelNetwork network, ShardSlot slot)
    {
        string key = GrainKeys.Task(_model, slot.Task);
        PackedMaskBlob blob = await GrainFactory.GetGrain<ITaskGrain>(key).GetMaskAsync(CancellationToken.None);
        return network.Read(blob, key);
    }
}
