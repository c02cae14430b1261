using System.Collections.Concurrent;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Shards;

/// <summary>Runs single masks of a shard on single images, and scores them exactly: the re-ranking of what scans have left.</summary>
/// <param name="compute">The silo's inference threads.</param>
internal sealed class ShardRuns(InferenceCompute compute) : IDisposable
{
    // Runs times weights up to which masks are run within the turn: some 50 µs.
    private const long WithinATurn = 700_000;

    private readonly ConcurrentBag<MaskRunner> _runners = [];

    /// <summary>Runs the masks that are asked for.</summary>
    public async Task<TaskPredictions> RunAsync(ShardView view, FinalistBatch finalists, CancellationToken cancellationToken)
    {
        ModelSpec spec = view.Content.Network.Spec;
        int runs = finalists.Rows.Length;
        (int[] classes, double[] entropies, double[] evidence) = (new int[runs], new double[runs], new double[runs]);
        double[] scores = new double[finalists.Factors is null ? 0 : runs];
        (RankOneFactors? factors, LayerSelection layers) =
            finalists.Factors is { } sent ? view.Content.Read(sent) : (null, LayerSelection.All);

        // Runs of one mask one after another, so that it is unpacked once where they are many.
        int[] order = [.. Enumerable.Range(0, runs).OrderBy(run => finalists.Slots[run])];
        void RunSome(int from, int to)
        {
            if (!_runners.TryTake(out MaskRunner? runner)) runner = new MaskRunner(view.Content.Network.Network);
            for (int n = from; n < to; n++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int run = order[n];
                (int row, int slot) = (finalists.Rows[run], finalists.Slots[run]);
                int last = Math.Min(n + MaskRunner.UnpackFrom, to) - 1;
                if (last - n + 1 == MaskRunner.UnpackFrom && finalists.Slots[order[last]] == slot) runner.Unpack(view.Bank, slot);
                int own = spec.ClassesOf(view.Content.Slots[slot].Classes);
                MaskRun outcome = factors is null
                    ? runner.Run(view.Bank, slot, finalists.Inputs!.Values.AsSpan(row * spec.Inputs, spec.Inputs), own)
                    : runner.Run(view.Bank, slot, factors, row, layers, own);
                (classes[run], entropies[run], evidence[run]) = (outcome.Class, outcome.Entropy, outcome.Evidence);
                if (factors is not null) scores[run] = outcome.Score;
            }

            runner.Forget();
            _runners.Add(runner);
        }

        // A few runs take less time than to wake a thread for them.
        if ((long)runs * view.Bank.Network.Shape.ParameterCount <= WithinATurn) RunSome(0, runs);
        else await compute.ForAsync(runs, 4 * compute.Threads, RunSome, cancellationToken, finalists.Factors?.Since);
        return new TaskPredictions { Classes = classes, Entropies = entropies, Scores = scores, Evidence = evidence };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_runners.TryTake(out MaskRunner? runner)) runner.Dispose();
    }
}
