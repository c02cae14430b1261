using System.Runtime.InteropServices;
using SupSup.Core.Banks;
using SupSup.Core.Inference;

namespace SupSup.Core.Search;

/// <summary>
/// The search for one query's task: scans narrow the masks down, those that are left are run, and the runs decide.
/// Few masks are all run. Of more, where the best gradient leads the next by far, running others costs time and gains nothing; where
/// it is close, all are run, or those of many that come close, and the greatest evidence decides.
/// docs/inference.md has the figures.
/// </summary>
/// <param name="masks">Number of masks in superposition.</param>
/// <param name="rule">What decides.</param>
/// <param name="temperature">What makes probabilities of evidence.</param>
internal sealed class TaskSearch(int masks, SearchRule rule, double temperature)
{
    // Masks that scans name, and the most that are run where some must be compared anyway.
    private const int MostNamed = 16;

    // If more masks than these can still be the best, a deeper scan is cheaper than running them.
    private const int MostFinalists = 4;

    private readonly Dictionary<int, MaskRun> _runs = [];
    private int[] _tasks = [];
    private float[] _scanned = [];
    private float _first;
    private ScanMoments _all;
    private ScanMoments _moments;
    private ScanDepth _depth;
    private double _leadOfRest = double.PositiveInfinity;
    private int _finalists;

    /// <summary>
    /// How deep the masks must be scanned to go on, and the score found so far below which one does not matter; null
    /// where nothing must.
    /// </summary>
    public (ScanDepth Depth, double Floor)? Refinement =>
        IsWhole || _finalists > 0 ? null
        : ReadsAll || rule.RunsAll(masks) ? (ScanDepth.Full, double.NegativeInfinity)
        : (_depth + 1, _moments.Floor(_scanned[0], CertainAbove));

    /// <summary>The tasks whose masks must be run to go on.</summary>
    public IEnumerable<int> Finalists => _tasks.Take(_finalists).Where(task => !_runs.ContainsKey(task));

    private int Shortlist => Math.Min(rule.Shortlist, _tasks.Length);

    private bool NeverCertain => rule.IsNeverCertain(masks);

    private bool TellsExactly => rule is { ExactRunnersUp: true, Shortlist: > 1 };

    // Whether what is far behind the best matters too.
    private bool ReadsAll => NeverCertain || TellsExactly;

    // A shortlist of one has nothing to decide.
    private double CertainAbove => rule.Shortlist == 1 ? 0 : rule.CertainAbove;

    // Masks that may be of the shortlist by their exact scores, once all is read: those behind it by no more than rounding adds.
    private int Told => _scanned.Count(score => score >= _scanned[Shortlist - 1] - _scanned[0] + _moments.Floor(_scanned[0], 0));

    private bool IsWhole => _depth == ScanDepth.Full || _moments.UnseenVariance == 0;

    private bool IsCertain => !NeverCertain && (rule.Shortlist == 1 || Lead() > rule.CertainAbove);

    /// <summary>How many candidates scans should name.</summary>
    public static int Named(SearchRule rule, int masks) =>
        rule.RunsAll(masks) ? masks
        : rule.ExactRunnersUp ? (2 * rule.Shortlist) + MostNamed : Math.Max(rule.Shortlist + 1, MostNamed);

    /// <summary>Merges what was found in a scan of all masks.</summary>
    /// <param name="parts">What each part of the masks gave.</param>
    /// <param name="depth">How deep it went.</param>
    public void Take(ScanOutcome[] parts, ScanDepth depth)
    {
        _all = parts.OrderByDescending(part => part.Scores.FirstOrDefault(float.NegativeInfinity)).Select(part => part.Moments)
            .Aggregate((sum, part) => sum.Add(part));
        (_depth, _moments) = (depth, _all);
        Merge(parts);
        _first = _scanned[0];
        Narrow();
    }

    /// <summary>Merges what was found in the refinement that was wanted.</summary>
    /// <param name="parts">What each part of the masks gave.</param>
    public void Refine(ScanOutcome[] parts)
    {
        (ScanDepth depth, double floor) = Refinement!.Value;
        _leadOfRest = _moments.Lead(_scanned[0], _moments.ExpectedDifference(_scanned[0], _scanned[0] - floor));
        ScanMoments last = parts[0].Moments;
        (_depth, _moments) = (depth, _all.Deeper(_first, last.UnseenVariance, last.ErrorVariance));
        Merge(parts);
        Narrow();
    }

    /// <summary>Takes the outcome of a run.</summary>
    public void Set(int task, MaskRun run) => _runs[task] = run;

    /// <summary>The answer, once nothing more is wanted.</summary>
    public SearchAnswer Answer()
    {
        if (rule.ByEvidence) return AnswerByEvidence();
        if (_tasks.Length == 0) TakeRuns();

        // Best gradient first; where it is not certain, of those that were run for it the greatest evidence first.
        List<int> ranked = [.. _tasks.Where(_runs.ContainsKey).OrderByDescending(task => _runs[task].Score)];
        double best = _runs[ranked[0]].Score;
        bool IsClose(int task) => NeverCertain || _moments.Lead(_scanned[0], best - _runs[task].Score) <= CertainAbove;

        // A shard on a silo of an earlier build sends no evidence: then the gradient decides.
        bool isKnown = !ranked.Exists(task => double.IsNaN(_runs[task].Evidence));
        List<int> shortlist = IsCertain || !isKnown ? [] : rule.RunsAll(masks) ? [.. ranked] : [.. ranked.Take(Shortlist).Where(IsClose)];
        ranked = [.. shortlist.OrderByDescending(task => _runs[task].Evidence), .. ranked.Except(shortlist)];
        int winner = ranked[0];
        IEnumerable<int> others = ranked.Skip(1).Concat(_tasks.Where(task => !_runs.ContainsKey(task))).Take(Shortlist - 1);
        return new SearchAnswer(
            winner,
            _runs[winner],
            Lead(),
            shortlist.Count > 1 ? _runs[winner].Evidence - _runs[ranked[1]].Evidence : null,
            Probability(shortlist, isKnown),
            [.. others.Select(task => new SearchCandidate(task, Score(task), shortlist.Contains(task) ? _runs[task].Entropy : null))],
            _runs.Count,
            _depth);
    }

    private SearchAnswer AnswerByEvidence()
    {
        KeyValuePair<int, MaskRun>[] ranked = [.. _runs.OrderByDescending(run => run.Value.Evidence).ThenBy(run => run.Key)];
        return new SearchAnswer(
            ranked[0].Key,
            ranked[0].Value,
            0,
            ranked.Length > 1 ? ranked[0].Value.Evidence - ranked[1].Value.Evidence : null,
            Evidence.Probability([.. ranked.Select(run => run.Value.Evidence)], temperature),
            [.. ranked.Skip(1).Take(rule.Shortlist - 1).Select(run => new SearchCandidate(run.Key, 0, run.Value.Entropy))],
            ranked.Length,
            ScanDepth.Full);
    }

    // Where the gradient is certain, running others would change nothing: docs/inference.md has how often it is right then.
    private double? Probability(List<int> shortlist, bool isKnown) =>
        shortlist.Count > 0 ? Evidence.Probability([.. shortlist.Select(task => _runs[task].Evidence)], temperature)
        : isKnown && rule.CertainIsSure ? 1 : null;

    // All masks were run at once: their scores are those of a scan that has read all.
    private void TakeRuns()
    {
        int[] tasks = [.. _runs.Keys.Order()];
        ScanOutcome exact = ScanOutcome.Of([.. tasks.Select(task => (float)_runs[task].Score)], tasks.Length);
        Take([exact with { Slots = [.. exact.Slots.Select(slot => tasks[slot])] }], ScanDepth.Full);
    }

    private void Merge(ScanOutcome[] parts)
    {
        List<int> tasks = [];
        List<float> scores = [];
        foreach (ScanOutcome part in parts)
        {
            tasks.AddRange(part.Slots);
            scores.AddRange(part.Scores);
        }

        // Masks that a refinement has left out have no score.
        int[] best = new int[Math.Min(Named(rule, masks), scores.Count)];
        BestCandidates.Pick(CollectionsMarshal.AsSpan(scores), best);
        best = [.. best.TakeWhile(n => !float.IsNegativeInfinity(scores[n]))];
        (_tasks, _scanned) = ([.. best.Select(n => tasks[n])], [.. best.Select(n => scores[n])]);
    }

    private void Narrow()
    {
        int? close = Close();
        if (rule.RunsAll(masks) && (NeverCertain || close != 1))
        {
            _finalists = IsWhole ? _tasks.Length : 0;
            return;
        }

        _finalists = !IsWhole ? (ReadsAll ? 0 : close ?? 0)
            : NeverCertain || close is null ? Told
            : Math.Max(close.Value, TellsExactly ? Told : 0);
    }

    // How many of the best scanned scores may be the best, or may come within the lead of it: at least one; null where
    // there may be more than are worth running.
    private int? Close()
    {
        int looked = Math.Min(_scanned.Length, rule.Shortlist == 1 ? MostFinalists : MostNamed);
        double least = _moments.Floor(_scanned[0], CertainAbove);
        int close = 1;
        while (close < looked && _scanned[close] >= least) close++;
        return close == looked && looked < _moments.Count ? null : close;
    }

    // By exact scores where two were run, and as the scan lets expect where it was far from close. Where refinements have
    // left a single mask, the others were at least so far behind.
    private double Lead()
    {
        double[] scores = [.. _runs.Values.Select(run => run.Score).OrderDescending().Take(2)];
        return scores.Length > 1 ? _moments.Lead(_scanned[0], scores[0] - scores[1])
            : _scanned.Length > 1 ? _moments.ScannedLead(_scanned)
            : _leadOfRest;
    }

    // Exact where the mask was run, else as the scan lets expect.
    private float Score(int task)
    {
        if (_runs.TryGetValue(task, out MaskRun run)) return (float)run.Score;
        int best = Array.FindIndex(_tasks, _runs.ContainsKey);
        int at = Array.IndexOf(_tasks, task);
        return (float)(_runs[_tasks[best]].Score - _moments.ExpectedDifference(_scanned[0], _scanned[best] - (double)_scanned[at]));
    }
}
