using System.Collections.Concurrent;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Networks;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Shards;

/// <summary>Runs single masks of a shard on single images, and scores them exactly: the re-ranking of what scans have left.</summary>
/// <param name="compute">The silo's inference threads.</param>
/// <param name="opened">Networks that are kept open.</param>
internal sealed class ShardRuns(InferenceCompute compute, OpenNetworks opened) : IDisposable
{
    // Runs times weights up to which masks are run within the turn: some 50 µs.
    private const long WithinATurn = 700_000;

    // Runs of one mask below which to share them out gains nothing.
    private const int FewestTogether = 32;

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

        // A mask's runs together, so that it is unpacked once where they are many; but in parts for all threads.
        int most = Math.Max(FewestTogether, runs / (4 * compute.Threads));
        int[][] groups = [.. Enumerable.Range(0, runs).GroupBy(run => finalists.Slots[run]).SelectMany(group => group.Chunk(most))];
        void RunSome(int from, int to)
        {
            MaskRunner? runner = view.Bank is BankSnapshot ? Runner(view.Content.Network.Network) : null;
            try
            {
                foreach (int[] group in groups.AsSpan(from, to - from))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    RunGroup(runner, group);
                }
            }
            finally
            {
                runner?.Forget();
                if (runner is not null) _runners.Add(runner);
            }
        }

        void RunGroup(MaskRunner? runner, int[] group)
        {
            int slot = finalists.Slots[group[0]];
            int own = spec.ClassesOf(view.Content.Slots[slot].Classes);
            int[] rows = [.. group.Select(run => finalists.Rows[run])];
            MaskRun[] outcomes = new MaskRun[rows.Length];
            if (runner is null) outcomes = RunPlain(view, slot, finalists.Inputs!.Select(rows), own);
            else if (factors is null) runner.Run(view.Chain, slot, finalists.Inputs!.Values, rows, own, outcomes);
            else runner.Run(view.Chain, slot, factors, rows, layers, own, outcomes);
            foreach ((int run, MaskRun outcome) in group.Zip(outcomes))
            {
                (classes[run], entropies[run], evidence[run]) = (outcome.Class, outcome.Entropy, outcome.Evidence);
                if (factors is not null) scores[run] = outcome.Score;
            }
        }

        // A few runs take less time than to wake a thread for them.
        if ((long)runs * view.Bank.Network.Shape.ParameterCount <= WithinATurn) RunSome(0, groups.Length);
        else await compute.ForAsync(groups.Length, 4 * compute.Threads, RunSome, cancellationToken, finalists.Factors?.Since);
        return new TaskPredictions { Classes = classes, Entropies = entropies, Scores = scores, Evidence = evidence };
    }

    private MaskRunner Runner(FixedNetwork network) => _runners.TryTake(out MaskRunner? runner) ? runner : new MaskRunner(network);

    private MaskRun[] RunPlain(ShardView view, int slot, InputBatch inputs, int classes) =>
    [
        .. opened.Predict(view.Content.Network, view.Bank[slot], inputs, classes)
            .Select(read => new MaskRun(0, read.Class, read.Entropy, read.Evidence)),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_runners.TryTake(out MaskRunner? runner)) runner.Dispose();
    }
}
