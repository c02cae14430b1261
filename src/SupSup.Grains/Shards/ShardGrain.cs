using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Placement;
using SupSup.Grains.Storage;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Shards;

/// <summary>
/// A bank of masks in memory. Reentrant: passes run on the silo's inference threads over snapshots of the bank, while
/// masks are gathered into it and replaced.
/// </summary>
[GrainType("shard"), Reentrant, SpreadPlacement]
public sealed partial class ShardGrain : Grain, IShardGrain, IDisposable
{
    // Images times blocks from which preparing and collecting are spread over threads: about a millisecond of work.
    private const int WorthSpreading = 512;

    // Images times blocks of the shortest part of a scan: some 50 µs.
    private const int LeastPart = 24;

    // Runs times weights up to which masks are run within the turn: some 50 µs.
    private const long WithinATurn = 700_000;

    // Masks gathered at once from which it is worth to give back the memory that they passed through.
    private const int ManyMasks = 256;

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(3);

    private readonly NetworkCatalog _networks;
    private readonly PreparedFactors _prepared;
    private readonly InferenceCompute _compute;
    private readonly ShardMoves _moves;
    private readonly MaskArchive _archive;
    private readonly MaskMetrics _metrics;
    private readonly SupSupTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly ILogger<ShardGrain> _logger;
    private readonly IGrainContext _context;
    private readonly int _fetches;
    private readonly string _model;
    private readonly int _index;
    private readonly ConcurrentBag<MaskRunner> _runners = [];
    private readonly SemaphoreSlim _assigning = new(1);
    private ShardContent? _content;
    private SiloAddress? _target;

    // By slot, the masks that could not be read, and when that was tried.
    private readonly Dictionary<int, (MaskFailure Failure, long When)> _failures = [];

    private readonly KeptScans _scans = new();

    /// <summary>Created by Orleans.</summary>
    public ShardGrain(
        IGrainContext context,
        NetworkCatalog networks,
        PreparedFactors prepared,
        InferenceCompute compute,
        MaskArchive archive,
        ShardMoves moves,
        IOptions<ComputeOptions> options,
        TimeProvider time,
        MaskMetrics metrics,
        SupSupTelemetry telemetry,
        ILogger<ShardGrain> logger)
    {
        _metrics = metrics;
        _telemetry = telemetry;
        _moves = moves;
        _context = context;
        _archive = archive;
        _time = time;
        _logger = logger;
        _networks = networks;
        _prepared = prepared;
        _compute = compute;
        _fetches = options.Value.MaskFetches;
        (_model, _index) = GrainKeys.Split(context.GrainId.Key.ToString()!);
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Silos come and go; after a rolling restart the last of them would else hold nothing.
        this.RegisterGrainTimer(
            _ =>
            {
                SiloAddress target = _moves.Target(_context.GrainId);
                if (target.Equals(_target) && !target.Equals(_context.Address.SiloAddress)) MigrateOnIdle();
                _target = target;
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(ShardMoves.Interval, ShardMoves.Interval) { Interleave = true });
        return Task.CompletedTask;
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
            _metrics.Add(bank, _model);
            for (int slot = 0; slot < (_content?.Slots.Length ?? 0); slot++)
                if (slot >= assignment.Slots.Length || assignment.Slots[slot] != _content!.Slots[slot]) bank.Remove(slot);
            _content = new ShardContent(network, assignment.Revision, assignment.Slots, bank);
            _failures.Clear();
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
        ImmutableArray<int> there = view.Failures.IsEmpty ? scope.Slots : [.. scope.Slots.Where(view.Bank.Contains)];
        return await _compute.RunAsync(
            () =>
            {
                MaskCounts counts = view.Bank.Superimpose(there);
                return new ShardCounts { Tasks = counts.Tasks, Layers = [.. counts.Shape.Layers.Select((_, l) => counts.Layer(l).ToArray())], Failures = view.Failures };
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ShardScores> ScanAsync(ShardScope scope, FactorBatch factors, int depth, int best, CancellationToken cancellationToken)
    {
        if (await GatherAsync(scope.Revision, scope.Slots, cancellationToken) is not { } view) return new ShardScores { IsBehind = true };
        view.Demand();
        ImmutableArray<int> slots = scope.Slots.Length == view.Bank.Count ? default : scope.Slots;
        return await ScanAsync(factors.Pass, new KeptScan(new BankScan(view.Bank, slots, _prepared.Plans(view.Content, factors), (ScanDepth)depth), view.Content.Slots, factors.Since), best, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ShardScores?> RefineAsync(ShardRefinement refinement, CancellationToken cancellationToken)
    {
        if (_scans.Take(refinement.Pass) is not { } kept) return null;
        kept.Scan.Deepen(refinement.Rows, refinement.Floors, [.. refinement.Depths.Select(depth => (ScanDepth)depth)]);
        return await ScanAsync(refinement.Pass, kept, refinement.Best, cancellationToken);
    }

    // One pass of a scan, which is kept for the next where there is more to read. After a failure it is left to the
    // collector: threads may still be at work on it.
    private async Task<ShardScores> ScanAsync(Guid pass, KeptScan kept, int best, CancellationToken cancellationToken)
    {
        ScanOutcome[] found = await ScanAsync(kept.Scan, best, kept.Since, cancellationToken);
        if (kept.Scan.HasMore) _scans.Put(pass, kept);
        else kept.Scan.Dispose();
        return new ShardScores
        {
            PerRow = found[0].Slots.Length,
            Tasks = [.. found.SelectMany(row => row.Slots.Select(slot => kept.Slots[slot].Task))],
            Scores = [.. found.SelectMany(row => row.Scores)],
            Sums = [.. found.Select(row => row.Moments.Sum)],
            SumsOfSquares = [.. found.Select(row => row.Moments.SumOfSquares)],
            SeenVariances = [.. found.Select(row => row.Moments.SeenVariance)],
            UnseenVariances = [.. found.Select(row => row.Moments.UnseenVariance)],
            ErrorVariances = [.. found.Select(row => row.Moments.ErrorVariance)],
        };
    }

    private async Task<ScanOutcome[]> ScanAsync(BankScan scan, int best, long since, CancellationToken cancellationToken)
    {
        ScanOutcome[] found = new ScanOutcome[scan.Rows];
        void Collect(int from, int to)
        {
            for (int row = from; row < to; row++) found[row] = scan.Collect(row, best);
        }

        // Threads share the blocks, so that each is read from memory once for all images. Parts are as short as is worth
        // the bother, so that threads end together and older passes need not wait for a newer one's.
        int parts = Math.Clamp(scan.Rows * scan.Blocks / LeastPart, 1, Math.Min(scan.Blocks, _compute.Threads == 1 ? 1 : 4 * _compute.Threads));
        if (scan.Rows * scan.Blocks < WorthSpreading)
        {
            int left = parts;
            await _compute.ForAsync(
                scan.Blocks,
                parts,
                (from, to) =>
                {
                    scan.Prepare(0, scan.Rows);
                    scan.Scan(from, to);
                    if (Interlocked.Decrement(ref left) == 0) Collect(0, scan.Rows);
                },
                cancellationToken,
                since);
            return found;
        }

        await _compute.ForAsync(scan.Rows, _compute.Threads, scan.Prepare, cancellationToken, since);
        await _compute.ForAsync(scan.Blocks, parts, scan.Scan, cancellationToken, since);
        await _compute.ForAsync(scan.Rows, _compute.Threads, Collect, cancellationToken, since);
        return found;
    }

    /// <inheritdoc/>
    public async Task<TaskPredictions?> RunAsync(long revision, FinalistBatch finalists, CancellationToken cancellationToken)
    {
        if (await GatherAsync(revision, [.. finalists.Slots.Distinct()], cancellationToken) is not { } view) return null;
        view.Demand();
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
        else await _compute.ForAsync(runs, 4 * _compute.Threads, RunSome, cancellationToken, finalists.Factors?.Since);
        return result;
    }

    /// <inheritdoc/>
    public async Task<ShardHealth?> CheckHealthAsync(long revision, CancellationToken cancellationToken)
    {
        if (_content is not { } content || content.Revision < revision) return null;
        ShardView view = (await GatherAsync(revision, [.. Enumerable.Range(0, content.Slots.Length).Where(slot => !content.Slots[slot].IsEmpty)], cancellationToken))!;
        return new ShardHealth
        {
            Shard = _index,
            Silo = _context.Address.SiloAddress?.ToString() ?? "",
            Tasks = view.Content.Count,
            MemoryBytes = view.Content.Bank.MemoryBytes,
            Failures = view.Failures,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _assigning.Dispose();
        _scans.Dispose();
        if (_content is { } content) _metrics.Remove(content.Bank);
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

    // What a call about these slots works on, or null where the shard is behind. Masks that cannot be read are named in
    // it; they are tried again by calls that come some seconds later.
    private async Task<ShardView?> GatherAsync(long revision, ImmutableArray<int> slots, CancellationToken cancellationToken)
    {
        if (_content is not { } content || content.Revision < revision) return null;
        BankSnapshot bank = content.Bank.Snapshot;
        if ((bank.Count == content.Slots.Length && content.Count == bank.Count) || slots.All(bank.Contains)) return new ShardView(content, bank, []);
        await _assigning.WaitAsync(cancellationToken);
        try
        {
            content = _content!;
            if (slots.Any(slot => content.Slots[slot].IsEmpty))
                throw new SupSupException(SupSupError.NotFound, $"a task of model '{_model}' was removed while it was asked for; ask again");
            int[] missing = [.. slots.Where(slot => !content.Bank.Snapshot.Contains(slot) && !FailedLately(slot))];

            using Activity? activity = missing.Length == 0 ? null : _telemetry.Activities.StartActivity(SupSupTelemetry.ShardRebuild);
            activity?.SetTag("supsup.model", _model).SetTag("supsup.shard", _index).SetTag("supsup.masks", missing.Length);

            // Bounded, so that a rebuilt shard does not ask the store for a thousand masks at once; and not ended by one
            // caller's cancellation, since what is gathered serves every later call.
            foreach (int[] some in missing.Chunk(_fetches))
            {
                ShardContent wanted = content;
                ReadMask[] masks = await Task.WhenAll(some.Select(slot => _archive.TryReadAsync(wanted.Network, _model, wanted.Slots[slot])));
                foreach ((int slot, ReadMask mask) in some.Zip(masks)) Note(slot, mask.Failure);
                KeyValuePair<int, PackedMask>[] found = [.. some.Zip(masks).Where(read => read.Second.Mask is not null).Select(read => KeyValuePair.Create(read.First, read.Second.Mask!))];
                await _compute.RunAsync(
                    () =>
                    {
                        wanted.Bank.Put(found);
                        return true;
                    },
                    CancellationToken.None);
            }

            if (missing.Length >= ManyMasks) await _compute.RunAsync(GiveBackMemory, CancellationToken.None);
            bank = content.Bank.Snapshot;
            return new ShardView(content, bank, [.. slots.Where(slot => !bank.Contains(slot)).Select(slot => _failures[slot].Failure)]);
        }
        finally
        {
            _assigning.Release();
        }
    }

    private bool FailedLately(int slot) => _failures.TryGetValue(slot, out (MaskFailure, long When) failed) && _time.GetElapsedTime(failed.When) < TryAgainAfter;

    private void Note(int slot, MaskFailure? failure)
    {
        if (failure is null)
        {
            _failures.Remove(slot);
            return;
        }

        if (!_failures.ContainsKey(slot)) LogFailure(_model, _index, failure.Message);
        _failures[slot] = (failure, _time.GetTimestamp());
    }

    private static bool GiveBackMemory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Shard {Model}/{Shard} leaves a task out: {Reason}")]
    private partial void LogFailure(string model, int shard, string reason);
}
