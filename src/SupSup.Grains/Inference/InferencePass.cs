using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Search;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Inference;

/// <summary>
/// One pass over the shards for a batch of images: the factors go to every shard, the best candidates come back, those
/// images that they do not suffice for are looked at closer, and the finalists are run where their masks are.
/// </summary>
/// <param name="view">The tasks.</param>
/// <param name="inputs">The images.</param>
/// <param name="factors">Their factors; null of a network that is no chain of linear layers.</param>
/// <param name="differentiate">What makes of a query the products of the whole gradient there; null where all masks are run and evidence
/// alone decides, and of chains.</param>
/// <param name="options">How to infer.</param>
/// <param name="shards">The model's shards.</param>
/// <param name="cancellationToken">Ends the pass.</param>
internal sealed class InferencePass(
    SuperpositionView view, InputBatch inputs, FactorBatch? factors, Func<InputBatch, Task<FactorBatch>>? differentiate,
    InferenceOptions options, ShardCalls shards, CancellationToken cancellationToken)
{
    private readonly SearchPass _search = new(
        inputs.Rows,
        view.Tasks,
        Rule(options) with { ByEvidence = factors is null && differentiate is null },
        view.Temperature);

    private readonly Dictionary<(int Row, int Task), MaskRun> _runs = [];

    // Of whole gradients: the exact scores of the masks that were named.
    private readonly Dictionary<(int Row, int Task), float> _scores = [];

    private readonly Dictionary<int, int> _scannedBy = [];

    /// <summary>The images' tasks.</summary>
    /// <exception cref="SupSupException">What shards throw: a mask is lost, or the call was cancelled.</exception>
    public async Task<Prediction[]> RunAsync()
    {
        int[] rows = [.. Enumerable.Range(0, inputs.Rows)];
        if (_search.RunsAtOnce)
        {
            await RunAsync([.. AllTasks().SelectMany(task => rows.Select(row => (row, task)))]);
        }
        else if (differentiate is not null)
        {
            // The rows of one task are one query, whose images share their statistics.
            foreach (int[] query in rows.Chunk(options.SharedTask ? rows.Length : 1)) await ScoreAsync(query, differentiate);
            await RunAsync(_search.Finalists);
        }
        else
        {
            await ScanAsync(rows, _search.FirstDepth);
            while (_search.Refinement is { } wanted)
                if (!await RefineAsync(wanted)) await ScanAsync(wanted.Queries, ScanDepth.Full);
            await RunAsync(_search.Finalists);
        }

        foreach (((int row, int task), MaskRun run) in _runs) _search.Set(row, task, run);
        SearchAnswer[] answers = _search.Answers();
        return options.SharedTask ? await ShareAsync(answers) : [.. answers.Select(ToPrediction)];
    }

    // One task for all rows: that with the most evidence of those that were run for any of them, or, of many, for the most rows and with
    // the best gradient.
    private async Task<Prediction[]> ShareAsync(SearchAnswer[] answers)
    {
        int[] rows = [.. Enumerable.Range(0, answers.Length)];
        int[] candidates = [.. _runs.Keys.GroupBy(run => run.Task).OrderByDescending(group => group.Count())
            .ThenByDescending(group => group.Sum(run => _runs[run].Score)).Take(factors is null ? _runs.Count : SearchRule.FewMasks)
            .Select(group => group.Key)];
        await RunAsync([.. rows.SelectMany(row => candidates.Select(task => (row, task))).Where(run => !_runs.ContainsKey(run))]);
        double Shared(int task) => Evidence.OfShared(
            [.. rows.Select(row => _runs[(row, task)]).Select(run => new MaskPrediction(run.Class, run.Entropy, run.Evidence))], 0);
        (int Task, double Evidence)[] ranked =
            [.. candidates.Select(task => (task, Shared(task))).OrderByDescending(candidate => candidate.Item2)];
        bool isKnown = !Array.Exists(ranked, candidate => double.IsNaN(candidate.Evidence)); // a silo of an earlier build sends none
        SearchCandidate Named(int row, int task) => new(task, (float)_runs[(row, task)].Score, _runs[(row, task)].Entropy);
        return [.. answers.Select((answer, row) => ToPrediction(answer with
        {
            Task = ranked[0].Task,
            Run = _runs[(row, ranked[0].Task)],
            Margin = ranked.Length > 1 ? ranked[0].Evidence - ranked[1].Evidence : null,
            Probability = isKnown && (ranked.Length > 1 || Rule(options).CertainIsSure)
                ? Evidence.Probability([.. ranked.Select(candidate => candidate.Evidence)], view.Temperature)
                : null,
            RunnersUp = [.. ranked.Skip(1).Take(options.Shortlist - 1).Select(next => Named(row, next.Task))],
        }))];
    }

    private static SearchRule Rule(InferenceOptions options) =>
        new() { Shortlist = options.Shortlist, CertainAbove = options.CertainAbove, ExactRunnersUp = options.ExactRunnersUp };

    private async Task ScanAsync(int[] rows, ScanDepth depth)
    {
        ShardScores[] answers = await ScanAsync(Some(factors!, rows), depth);

        // Short of all, a silo of an earlier build reads other parts of a mask, so that scores cannot be compared.
        if (depth != ScanDepth.Full && answers.Any(answer => answer.LineSums.Length == 0))
            (depth, answers) = (ScanDepth.Full, await ScanAsync(Some(factors!, rows), ScanDepth.Full));
        _search.Take(rows, depth, Outcomes(answers, rows.Length));
    }

    private async Task ScoreAsync(int[] query, Func<InputBatch, Task<FactorBatch>> differentiate)
    {
        FactorBatch products = await differentiate(inputs.Select(query));
        ScanOutcome[] found = [.. Outcomes(await ScanAsync(products, ScanDepth.Full), 1).Select(part => part[0])];
        foreach ((int task, float score) in found.SelectMany(part => part.Slots.Zip(part.Scores)))
            foreach (int row in query) _scores[(row, task)] = score;
        _search.Take(query, ScanDepth.Full, [.. found.Select(part => query.Select(_ => part).ToArray())]);
    }

    private async Task<ShardScores[]> ScanAsync(FactorBatch some, ScanDepth depth)
    {
        (ShardScores Answer, int Copy)[] asked = await Task.WhenAll(view.Parts.Select(part => shards.AskAsync(
            view.Directory,
            part.Shard,
            (shard, end) => shard.ScanAsync(part.Scope, some, (int)depth, _search.Named, end),
            scores => scores.IsBehind,
            cancellationToken)));
        foreach ((ShardPart part, (_, int copy)) in view.Parts.Zip(asked)) _scannedBy[part.Shard] = copy;
        return [.. asked.Select(each => each.Answer)];
    }

    // False where a shard does not keep what it scanned any more.
    private async Task<bool> RefineAsync(SearchRefinement wanted)
    {
        ShardRefinement refinement = new()
        {
            Pass = factors!.Pass,
            Rows = wanted.Queries,
            Depths = [.. wanted.Depths.Select(depth => (int)depth)],
            Floors = wanted.Floors,
            Best = _search.Named,
        };
        ShardScores?[] answers = await Task.WhenAll(view.Parts.Select(part => RefineAsync(part.Shard, refinement)));
        if (answers.Any(answer => answer is null)) return false;
        _search.Take(wanted, Outcomes(answers!, wanted.Queries.Length));
        return true;
    }

    // By the copy that scanned; not asked again where the answer is lost: the shard may have gone deeper already.
    private Task<ShardScores?> RefineAsync(int shard, ShardRefinement refinement) => shards.AskOnceAsync(
        shard, _scannedBy[shard], (grain, end) => grain.RefineAsync(refinement, end), cancellationToken);

    private Task RunAsync((int Row, int Task)[] runs)
    {
        (int Row, int Task, int Position)[] wanted = [.. runs.Select(run => (run.Row, run.Task, view.Directory.Find(run.Task)!.Value))];
        return Task.WhenAll(wanted.GroupBy(run => run.Position / TaskDirectory.ShardSize).Select(async group =>
        {
            foreach ((int Row, int Task, int Position)[] some in group.Chunk(factors is null ? ShardCalls.ConvolutionRuns : int.MaxValue))
                await RunAsync(group.Key, some);
        }));
    }

    private async Task RunAsync(int shard, (int Row, int Task, int Position)[] runs)
    {
        int[] rows = [.. runs.Select(run => run.Row).Distinct()];
        FinalistBatch finalists = new()
        {
            Inputs = factors is null ? inputs.Select(rows) : null,
            Factors = factors is null ? null : Some(factors, rows),
            Rows = [.. runs.Select(run => Array.IndexOf(rows, run.Row))],
            Slots = [.. runs.Select(run => run.Position % TaskDirectory.ShardSize)],
        };
        long revision = view.Parts.First(part => part.Shard == shard).Scope.Revision;
        TaskPredictions outcome = await shards.RunAsync(view.Directory, shard, revision, finalists, cancellationToken);
        foreach ((int n, (int row, int task, int position)) in runs.Index())
        {
            double evidence = outcome.Evidence.Length == 0 ? double.NaN : outcome.Evidence[n] - view.Allowance(position);
            double score = factors is null ? _scores.GetValueOrDefault((row, task)) : outcome.Scores[n];
            _runs[(row, task)] = new MaskRun(score, outcome.Classes[n], outcome.Entropies[n], evidence);
        }
    }

    private IEnumerable<int> AllTasks() => view.Parts.SelectMany(part =>
        part.Scope.Slots.Select(slot => view.Directory[(part.Shard * TaskDirectory.ShardSize) + slot].Task));

    // What each shard found, by row; the masks are named by their tasks.
    private ScanOutcome[][] Outcomes(ShardScores[] answers, int rows) =>
    [
        .. answers.Zip(view.Parts, (answer, part) =>
            Enumerable.Range(0, rows).Select(row => Outcome(answer, part.Scope.Slots.Length, row)).ToArray()),
    ];

    private static ScanOutcome Outcome(ShardScores answer, int masks, int row)
    {
        Range named = (row * answer.PerRow)..((row + 1) * answer.PerRow);
        (double sum, double squares, double error) = (answer.Sums[row], answer.SumsOfSquares[row], answer.ErrorVariances[row]);
        ScanMoments moments = new(masks, sum, squares, answer.LinesVariances[row], answer.UnseenVariances[row], error);

        // A silo of an earlier build does not tell these.
        if (answer.LineSums.Length > 0)
            moments = moments with
            {
                LineSum = answer.LineSums[row],
                LineSumOfSquares = answer.LineSumsOfSquares[row],
                LinesOfBest = answer.LinesOfBest[row],
            };
        return new ScanOutcome(answer.Tasks[named], answer.Scores[named], moments);
    }

    private Prediction ToPrediction(SearchAnswer answer)
    {
        int position = view.Directory.Find(answer.Task)!.Value;
        double evidence = answer.Run.Evidence + view.Allowance(position);
        double? typicality = WireEvidence.Typicality(view.Directory[position].EvidenceSpread, evidence);
        return new Prediction
        {
            Task = answer.Task,
            Class = answer.Run.Class,
            Entropy = answer.Run.Entropy,
            Score = (float)answer.Run.Score,
            Lead = answer.Lead,
            IsUnknown = answer.Lead <= options.UnknownUpTo || typicality < options.UnknownRate,
            Margin = answer.Margin,
            Probability = answer.Probability,
            Typicality = typicality,
            RunnersUp = [.. answer.RunnersUp.Select(candidate => new Candidate(candidate.Task, candidate.Score, candidate.Entropy))],
            LeftOut = view.LeftOut.Length,
        };
    }

    private static FactorBatch Some(FactorBatch factors, int[] rows) => rows.Length == factors.Rows ? factors : factors.Select(rows);
}
