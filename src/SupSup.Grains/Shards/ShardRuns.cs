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
        int runs = finalists.Rows.Length;
        TaskPredictions result = new()
        {
            Classes = new int[runs],
            Entropies = new double[runs],
            Scores = finalists.Factors is null ? [] : new double[runs],
        };
        (RankOneFactors? factors, LayerSelection layers) =
            finalists.Factors is { } sent ? view.Content.Read(sent) : (null, LayerSelection.All);
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
        else await compute.ForAsync(runs, 4 * compute.Threads, RunSome, cancellationToken, finalists.Factors?.Since);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_runners.TryTake(out MaskRunner? runner)) runner.Dispose();
    }

    private static void Run(
        MaskRunner runner,
        ShardView view,
        FinalistBatch finalists,
        int run,
        RankOneFactors? factors,
        LayerSelection layers,
        TaskPredictions result)
    {
        ModelSpec spec = view.Content.Network.Spec;
        (int row, int slot) = (finalists.Rows[run], finalists.Slots[run]);
        if (factors is not null)
        {
            MaskRun outcome = runner.Run(view.Bank, slot, factors, row, layers, spec.Classes);
            (result.Scores[run], result.Classes[run], result.Entropies[run]) = (outcome.Score, outcome.Class, outcome.Entropy);
            return;
        }

        ReadOnlySpan<float> logits = runner.Logits(view.Bank, slot, finalists.Inputs!.Values.AsSpan(row * spec.Inputs, spec.Inputs));
        MaskPrediction.Read(logits, spec.Outputs, spec.Classes, result.Classes.AsSpan(run, 1), result.Entropies.AsSpan(run, 1));
    }
}
