using SupSup.Core.Banks;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Inference;

/// <summary>
/// One pass over the shards for a batch of images: the factors go to every shard, the best candidates come back, those
/// images that they do not suffice for are looked at closer, and the finalists are run where their masks are.
/// </summary>
/// <param name="view">The tasks.</param>
/// <param name="factors">The images.</param>
/// <param name="options">How to infer.</param>
/// <param name="shards">The model's shards.</param>
/// <param name="cancellationToken">Ends the pass.</param>
internal sealed class InferencePass(SuperpositionView view, FactorBatch factors, InferenceOptions options, ShardCalls shards, CancellationToken cancellationToken)
{
    private readonly RowSearch[] _searches = [.. Enumerable.Range(0, factors.Rows).Select(_ => new RowSearch(view.Tasks, options))];

    /// <summary>The images' tasks.</summary>
    /// <exception cref="SupSupException">What shards throw: a mask is lost, or the call was cancelled.</exception>
    public async Task<Prediction[]> RunAsync()
    {
        await ScanAsync([.. Enumerable.Range(0, factors.Rows)], RowSearch.FirstDepth(view.Tasks));
        while (true)
        {
            while (Rows(search => search.WantedRefinement is not null) is { Length: > 0 } unclear)
                if (!await RefineAsync(unclear)) await ScanAsync(unclear, (int)ScanDepth.Full);
            if (!await RunFinalistsAsync()) return [.. _searches.Select(search => search.Answer() with { LeftOut = view.LeftOut.Length })];
        }
    }

    private int[] Rows(Func<RowSearch, bool> which) => [.. Enumerable.Range(0, _searches.Length).Where(row => which(_searches[row]))];

    private async Task ScanAsync(int[] rows, int depth)
    {
        FactorBatch some = Some(rows);
        ShardScores[] answers = await Task.WhenAll(view.Parts.Select(part => shards.AskAsync(
            view.Directory,
            part.Shard,
            shard => shard.ScanAsync(part.Scope, some, depth, RowSearch.Wanted(options), cancellationToken),
            scores => scores.IsBehind)));
        int[] counts = [.. view.Parts.Select(part => part.Scope.Slots.Length)];
        for (int n = 0; n < rows.Length; n++) _searches[rows[n]].Take(n, answers, counts, depth);
    }

    // False where a shard does not keep what it scanned any more.
    private async Task<bool> RefineAsync(int[] rows)
    {
        (int Depth, double Floor)[] wanted = [.. rows.Select(row => _searches[row].WantedRefinement!.Value)];
        ShardRefinement refinement = new()
        {
            Pass = factors.Pass,
            Rows = rows,
            Depths = [.. wanted.Select(row => row.Depth)],
            Floors = [.. wanted.Select(row => row.Floor)],
            Best = RowSearch.Wanted(options),
        };
        ShardScores?[] answers = await Task.WhenAll(view.Parts.Select(part => shards.Grain(part.Shard).RefineAsync(refinement, cancellationToken)));
        if (answers.Any(answer => answer is null)) return false;
        for (int n = 0; n < rows.Length; n++) _searches[rows[n]].Refine(n, answers!);
        return true;
    }

    // Runs what the searches want, each mask where it is. False when they want nothing.
    private async Task<bool> RunFinalistsAsync()
    {
        (int Row, int Task, int Position)[] wanted =
            [.. _searches.SelectMany((search, row) => search.WantedRuns.Select(task => (row, task, view.Directory.Find(task)!.Value)))];
        await Task.WhenAll(wanted.GroupBy(run => run.Position / TaskDirectory.ShardSize).Select(async group =>
        {
            int[] rows = [.. group.Select(run => run.Row).Distinct()];
            FinalistBatch finalists = new()
            {
                Factors = Some(rows),
                Rows = [.. group.Select(run => Array.IndexOf(rows, run.Row))],
                Slots = [.. group.Select(run => run.Position % TaskDirectory.ShardSize)],
            };
            TaskPredictions outcome = await shards.RunAsync(view.Directory, group.Key, view.Parts.First(part => part.Shard == group.Key).Scope.Revision, finalists, cancellationToken);
            foreach ((int n, (int row, int task, _)) in group.Index()) _searches[row].Set(task, new MaskRun(outcome.Scores[n], outcome.Classes[n], outcome.Entropies[n]));
        }));
        return wanted.Length > 0;
    }

    private FactorBatch Some(int[] rows) => rows.Length == factors.Rows ? factors : factors.Select(rows);
}
