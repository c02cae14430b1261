using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Core.TaskInference;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Shards;

/// <summary>
/// The scans of a shard, and those of them that can be refined. Used in grain turns; scans run on the silo's inference threads.
/// </summary>
/// <param name="prepared">What the silo's shards have prepared of the images.</param>
/// <param name="compute">The silo's inference threads.</param>
/// <param name="memory">Gives back what masks took before they were laid out anew.</param>
internal sealed class ShardScans(PreparedFactors prepared, InferenceCompute compute, PassedMemory memory) : IDisposable
{
    // Images times blocks from which preparing and collecting are spread over threads: about a millisecond of work.
    private const int WorthSpreading = 512;

    // Images times blocks of the shortest part of a scan: some 50 µs.
    private const int LeastPart = 24;

    private readonly KeptScans _kept = new();
    private Task _arranging = Task.CompletedTask;

    /// <summary>Scans masks for a batch of images.</summary>
    public Task<ShardScores> ScanAsync(
        ShardView view, ShardScope scope, FactorBatch factors, ScanDepth depth, int best, CancellationToken cancellationToken)
    {
        ImmutableArray<int> slots = scope.Slots.Length == view.Bank.Count ? default : scope.Slots;
        BankScan scan = new(view.Chain, slots, prepared.Plans(view.Content, factors), depth);
        Arrange(view.Content.Bank);
        return ScanAsync(factors.Pass, new KeptScan(scan, view.Content.Slots, factors.Since), best, cancellationToken);
    }

    /// <summary>Scores masks of a network that is no chain of linear layers for one query, each exactly.</summary>
    public async Task<ShardScores> ScoreAsync(
        ShardView view, ShardScope scope, FactorBatch factors, int best, CancellationToken cancellationToken)
    {
        float[] scores = new float[scope.Slots.Length];
        void Score(int from, int to)
        {
            for (int n = from; n < to; n++) scores[n] = SuperimposedGradient.Score(factors.Products, view.Bank[scope.Slots[n]]);
        }

        await compute.ForAsync(scores.Length, 4 * compute.Threads, Score, cancellationToken, factors.Since);
        ScanOutcome found = ScanOutcome.Of(scores, best);
        return Answer([found with { Slots = [.. found.Slots.Select(n => scope.Slots[n])] }], view.Content.Slots);
    }

    /// <summary>Reads more of what a scan has left; null where it is not kept any more.</summary>
    public async Task<ShardScores?> RefineAsync(ShardRefinement refinement, CancellationToken cancellationToken)
    {
        if (_kept.Take(refinement.Pass) is not { } kept) return null;
        kept.Scan.Deepen(refinement.Rows, refinement.Floors, [.. refinement.Depths.Select(depth => (ScanDepth)depth)]);
        return await ScanAsync(refinement.Pass, kept, refinement.Best, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _kept.Dispose();

    // As the first images show how masks should lie, they are laid out anew, in parts between which queries go on.
    private void Arrange(IMaskBank bank)
    {
        if (!_arranging.IsCompleted) return;
        (Task last, _arranging) = (_arranging, Task.CompletedTask);
        last.GetAwaiter().GetResult();
        if (bank.Arrange() is { } arrangement) _arranging = ArrangeAsync(arrangement);
    }

    private async Task ArrangeAsync(BankArrangement arrangement)
    {
        await compute.ForAsync(arrangement.Blocks, arrangement.Blocks, arrangement.Run, CancellationToken.None, since: long.MaxValue);

        // Scans that are kept would keep the masks as they lay before.
        if (!arrangement.Done()) return;
        _kept.Dispose();
        memory.Note();
    }

    // One pass of a scan, which is kept for the next where there is more to read. After a failure it is left to the
    // collector: threads may still be at work on it.
    private async Task<ShardScores> ScanAsync(Guid pass, KeptScan kept, int best, CancellationToken cancellationToken)
    {
        ScanOutcome[] found = await RunAsync(kept.Scan, best, kept.Since, cancellationToken);
        if (kept.Scan.HasMore) _kept.Put(pass, kept);
        else kept.Scan.Dispose();
        return Answer(found, kept.Slots);
    }

    private static ShardScores Answer(ScanOutcome[] found, ImmutableArray<ShardSlot> slots) => new()
    {
        PerRow = found[0].Slots.Length,
        Tasks = [.. found.SelectMany(row => row.Slots.Select(slot => slots[slot].Task))],
        Scores = [.. found.SelectMany(row => row.Scores)],
        Sums = [.. found.Select(row => row.Moments.Sum)],
        SumsOfSquares = [.. found.Select(row => row.Moments.SumOfSquares)],
        LinesVariances = [.. found.Select(row => row.Moments.LinesVariance)],
        LineSums = [.. found.Select(row => row.Moments.LineSum)],
        LineSumsOfSquares = [.. found.Select(row => row.Moments.LineSumOfSquares)],
        LinesOfBest = [.. found.Select(row => row.Moments.LinesOfBest)],
        UnseenVariances = [.. found.Select(row => row.Moments.UnseenVariance)],
        ErrorVariances = [.. found.Select(row => row.Moments.ErrorVariance)],
    };

    private async Task<ScanOutcome[]> RunAsync(BankScan scan, int best, long since, CancellationToken cancellationToken)
    {
        ScanOutcome[] found = new ScanOutcome[scan.Rows];
        void Collect(int from, int to)
        {
            for (int row = from; row < to; row++) found[row] = scan.Collect(row, best);
        }

        // Threads share the blocks, so that each is read from memory once for all images. Parts are as short as is worth
        // the bother, so that threads end together and older passes need not wait for a newer one's.
        int most = Math.Min(scan.Blocks, compute.Threads == 1 ? 1 : 4 * compute.Threads);
        int parts = Math.Clamp(scan.Rows * scan.Blocks / LeastPart, 1, most);
        if (scan.Rows * scan.Blocks < WorthSpreading)
        {
            int left = parts;
            await compute.ForAsync(
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

        await compute.ForAsync(scan.Rows, compute.Threads, scan.Prepare, cancellationToken, since);
        await compute.ForAsync(scan.Blocks, parts, scan.Scan, cancellationToken, since);
        await compute.ForAsync(scan.Rows, compute.Threads, Collect, cancellationToken, since);
        return found;
    }
}
