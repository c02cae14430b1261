using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
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
/// A bank of masks in memory. Reentrant: passes run on the silo's inference threads over snapshots of the bank, while
/// masks are gathered into it and replaced.
/// </summary>
[GrainType("shard"), Reentrant]
public sealed class ShardGrain : Grain, IShardGrain, IDisposable
{
    // Images times blocks from which a pass is spread over threads: about a millisecond of work.
    private const int WorthSpreading = 512;

    // Runs times weights up to which masks are run within the turn: some 50 µs.
    private const long WithinATurn = 700_000;

    // Scores of a coarse scan up to which it is kept for a full one that may follow. To scan again is cheaper than the
    // memory of more.
    private const int KeptScores = 16_384;

    // Masks gathered at once from which it is worth to give back the memory that they passed through.
    private const int ManyMasks = 256;

    private readonly NetworkCatalog _networks;
    private readonly PreparedFactors _prepared;
    private readonly InferenceCompute _compute;
    private readonly int _fetches;
    private readonly string _model;
    private readonly ConcurrentBag<MaskRunner> _runners = [];
    private readonly SemaphoreSlim _assigning = new(1);
    private ShardContent? _content;

    // Small coarse scans of batches that are still in use, which a full one may follow; forgotten with the batch.
    private readonly ConditionalWeakTable<FactorBatch, CoarseScan> _coarse = [];

    /// <summary>Created by Orleans.</summary>
    public ShardGrain(IGrainContext context, NetworkCatalog networks, PreparedFactors prepared, InferenceCompute compute, IOptions<ComputeOptions> options)
    {
        _networks = networks;
        _prepared = prepared;
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
            if (_content is { } content && content.Revision >= assignment.Revision) return;
            ModelNetwork network = _networks.Open(assignment.Spec);
            MaskBank bank = _content?.Bank ?? new MaskBank(network.Network);
            for (int slot = 0; slot < (_content?.Slots.Length ?? 0); slot++)
                if (slot >= assignment.Slots.Length || assignment.Slots[slot] != _content!.Slots[slot]) bank.Remove(slot);
            _content = new ShardContent(network, assignment.Revision, assignment.Slots, bank);
        }
        finally
        {
            _assigning.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<ShardCounts> CountAsync(ShardScope scope, CancellationToken cancellationToken)
    {
        if (await GatherAsync(scope.Revision, scope.Slots, cancellationToken) is not { } view) return new ShardCounts { IsBehind = true };
        return await _compute.RunAsync(
            () =>
            {
                MaskCounts counts = view.Bank.Superimpose(scope.Slots);
                return new ShardCounts { Tasks = counts.Tasks, Layers = [.. counts.Shape.Layers.Select((_, l) => counts.Layer(l).ToArray())] };
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ShardScores> ScanAsync(ShardScope scope, FactorBatch factors, bool full, double[] floors, int best, CancellationToken cancellationToken)
    {
        if (await GatherAsync(scope.Revision, scope.Slots, cancellationToken) is not { } view) return new ShardScores { IsBehind = true };
        ImmutableArray<int> slots = scope.Slots.Length == view.Bank.Count ? default : scope.Slots;
        bool narrowed = full && floors.Length == factors.Rows;
        bool kept = _coarse.TryGetValue(factors, out CoarseScan? known) && narrowed && known.Scope == scope;
        BankScan scan = kept ? known!.Scan : new BankScan(view.Bank, slots, _prepared.Plans(view.Content, factors, full && !narrowed ? ScanDepth.Full : ScanDepth.Coarse));
        using BankScan? done = kept || (!full && scan.Scores <= KeptScores) ? null : scan;
        ScanOutcome[] found = kept ? [] : await ScanAsync(scan, narrowed ? 0 : best, cancellationToken);
        if (done is null && !kept) _coarse.AddOrUpdate(factors, new CoarseScan(scope, scan));
        if (narrowed)
        {
            using BankScan left = new(scan, [.. Enumerable.Range(0, factors.Rows)], floors, _prepared.Plans(view.Content, factors, ScanDepth.Full));
            found = await ScanAsync(left, best, cancellationToken);
        }

        return new ShardScores
        {
            PerRow = found[0].Slots.Length,
            Tasks = [.. found.SelectMany(row => row.Slots.Select(slot => view.Content.Slots[slot].Task))],
            Scores = [.. found.SelectMany(row => row.Scores)],
            Sums = [.. found.Select(row => row.Moments.Sum)],
            SumsOfSquares = [.. found.Select(row => row.Moments.SumOfSquares)],
            SeenVariances = [.. found.Select(row => row.Moments.SeenVariance)],
            UnseenVariances = [.. found.Select(row => row.Moments.UnseenVariance)],
            ErrorVariances = [.. found.Select(row => row.Moments.ErrorVariance)],
        };
    }

    private async Task<ScanOutcome[]> ScanAsync(BankScan scan, int best, CancellationToken cancellationToken)
    {
        ScanOutcome[] found = new ScanOutcome[scan.Rows];
        void Collect(int from, int to)
        {
            for (int row = from; row < to; row++) found[row] = scan.Collect(row, best);
        }

        if (scan.Rows * scan.Blocks < WorthSpreading)
        {
            await _compute.RunAsync(
                () =>
                {
                    scan.Prepare(0, scan.Rows);
                    scan.Scan(0, scan.Blocks);
                    Collect(0, scan.Rows);
                    return true;
                },
                cancellationToken);
            return found;
        }

        // Threads share the blocks, so that each is read from memory once for all images.
        await _compute.ForAsync(scan.Rows, scan.Prepare, cancellationToken);
        await _compute.ForAsync(scan.Blocks, scan.Scan, cancellationToken);
        await _compute.ForAsync(scan.Rows, Collect, cancellationToken);
        return found;
    }

    /// <inheritdoc/>
    public async Task<TaskPredictions?> RunAsync(long revision, FinalistBatch finalists, CancellationToken cancellationToken)
    {
        if (await GatherAsync(revision, [.. finalists.Slots.Distinct()], cancellationToken) is not { } view) return null;
        int runs = finalists.Rows.Length;
        TaskPredictions result = new() { Classes = new int[runs], Entropies = new double[runs], Scores = finalists.Factors is null ? [] : new double[runs] };
        (RankOneFactors? factors, LayerSelection layers) = finalists.Factors is { } sent ? view.Content.Read(sent) : (null, LayerSelection.All);
        void RunSome(int from, int to)
        {
            if (!_runners.TryTake(out MaskRunner? runner)) runner = new MaskRunner(view.Content.Network.Network);
            for (int run = from; run < to; run++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Run(runner, view, finalists, run, factors, layers, result);
            }

            _runners.Add(runner);
        }

        // A few runs take less time than to wake a thread for them.
        if ((long)runs * view.Bank.Network.Shape.ParameterCount <= WithinATurn) RunSome(0, runs);
        else await _compute.ForAsync(runs, RunSome, cancellationToken);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _assigning.Dispose();
        while (_runners.TryTake(out MaskRunner? runner)) runner.Dispose();
    }

    private static void Run(MaskRunner runner, ShardView view, FinalistBatch finalists, int run, RankOneFactors? factors, LayerSelection layers, TaskPredictions result)
    {
        ModelSpec spec = view.Content.Network.Spec;
        int row = finalists.Rows[run];
        if (factors is not null)
        {
            MaskRun outcome = runner.Run(view.Bank, finalists.Slots[run], factors, row, layers, spec.Classes);
            (result.Scores[run], result.Classes[run], result.Entropies[run]) = (outcome.Score, outcome.Class, outcome.Entropy);
            return;
        }

        ReadOnlySpan<float> logits = runner.Logits(view.Bank, finalists.Slots[run], finalists.Inputs!.Values.AsSpan(row * spec.Inputs, spec.Inputs));
        MaskPrediction.Read(logits, spec.Outputs, spec.Classes, result.Classes.AsSpan(run, 1), result.Entropies.AsSpan(run, 1));
    }

    // What a call about these slots works on, or null where the shard is behind. A mask that cannot be read fails the
    // calls that are about it, not the others; it is tried again by the next such call.
    private async Task<ShardView?> GatherAsync(long revision, ImmutableArray<int> slots, CancellationToken cancellationToken)
    {
        if (_content is not { } content || content.Revision < revision) return null;
        BankSnapshot bank = content.Bank.Snapshot;
        if (bank.Count == content.Slots.Length || slots.All(bank.Contains)) return new ShardView(content, bank);
        await _assigning.WaitAsync(cancellationToken);
        try
        {
            content = _content!;
            int[] missing = [.. slots.Where(slot => !content.Bank.Snapshot.Contains(slot))];

            // Bounded, so that a rebuilt shard does not wake a thousand task grains at once; and not ended by one caller's
            // cancellation, since what is gathered serves every later call.
            foreach (int[] some in missing.Chunk(_fetches))
            {
                ShardContent wanted = content;
                PackedMask[] masks = await Task.WhenAll(some.Select(slot => FetchAsync(wanted.Network, wanted.Slots[slot])));
                await _compute.RunAsync(
                    () =>
                    {
                        wanted.Bank.Put([.. some.Zip(masks, KeyValuePair.Create)]);
                        return true;
                    },
                    CancellationToken.None);
            }

            if (missing.Length >= ManyMasks) await _compute.RunAsync(GiveBackMemory, CancellationToken.None);
            return new ShardView(content, content.Bank.Snapshot);
        }
        finally
        {
            _assigning.Release();
        }
    }

    private static bool GiveBackMemory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return true;
    }

    private async Task<PackedMask> FetchAsync(ModelNetwork network, ShardSlot slot)
    {
        string key = GrainKeys.Task(_model, slot.Task);
        PackedMaskBlob blob = await GrainFactory.GetGrain<ITaskGrain>(key).GetMaskAsync(CancellationToken.None);
        return network.Read(blob, key);
    }
}
