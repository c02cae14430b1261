using System.Runtime.InteropServices;
using SupSup.Core.Banks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Inference;

/// <summary>
/// The search for one image's task: scans narrow the masks down, those that are left are run, and the runs decide.
/// Where the best gradient leads the next by far, running others could only do harm (their entropy is low by chance now
/// and then) and costs time; where it is close, those that come close are run and the lowest entropy decides.
/// docs/inference.md has the figures.
/// </summary>
internal sealed class RowSearch
{
    /// <summary>Of fewer masks the spread says nothing, and running them all costs little.</summary>
    public const int FewestMasksForSpread = 8;

    // The depths of IShardGrain.ScanAsync.
    private const int Coarse = (int)ScanDepth.Coarse;
    private const int Full = (int)ScanDepth.Full;

    private readonly InferenceOptions _options;
    private readonly int _masks;
    private readonly Dictionary<int, MaskRun> _runs = [];
    private int[] _tasks = [];
    private float[] _scanned = [];
    private float _first;
    private ScanMoments _all;
    private ScanMoments _moments;
    private int _depth;
    private double _leadOfRest = double.PositiveInfinity;
    private int _finalists;

    /// <summary>Starts.</summary>
    /// <param name="masks">Number of masks in superposition.</param>
    /// <param name="options">Length of the shortlist, and when a gradient is certain.</param>
    public RowSearch(int masks, InferenceOptions options)
    {
        _masks = masks;
        _options = options;
    }

    /// <summary>How deep to scan at first. Of few masks a coarse scan says little, and reading them whole costs little.</summary>
    public static int FirstDepth(int masks) => masks < OneShotSearch.FewestForCoarse ? Full : Coarse;

    /// <summary>How many candidates scans should name.</summary>
    public static int Wanted(InferenceOptions options) => Math.Max(options.Shortlist + 1, OneShotSearch.MostFinalists);

    private int Shortlist => Math.Min(_options.Shortlist, _tasks.Length);

    private bool NeverCertain => _masks < FewestMasksForSpread || double.IsPositiveInfinity(_options.CertainAbove);

    // A shortlist of one has nothing to decide.
    private double CertainAbove => _options.Shortlist == 1 ? 0 : _options.CertainAbove;

    private bool IsWhole => _depth == Full || _moments.UnseenVariance == 0;

    /// <summary>Merges what the shards found in a scan of all masks.</summary>
    /// <param name="row">Row of the scan.</param>
    /// <param name="answers">The shards' answers, in shard order.</param>
    /// <param name="counts">How many masks each scanned.</param>
    /// <param name="depth">How deep they scanned.</param>
    public void Take(int row, ShardScores[] answers, int[] counts, int depth)
    {
        _all = default;
        for (int n = 0; n < answers.Length; n++)
        {
            ShardScores answer = answers[n];
            ScanMoments part = new(counts[n], answer.Sums[row], answer.SumsOfSquares[row], answer.SeenVariances[row], answer.UnseenVariances[row], answer.ErrorVariances[row]);
            _all = n == 0 ? part : _all.Add(part);
        }

        (_depth, _moments) = (depth, _all);
        Merge(row, answers);
        _first = _scanned[0];
        Narrow();
    }

    /// <summary>Merges what the shards found in the refinement that was wanted.</summary>
    /// <param name="row">Row of the refinement.</param>
    /// <param name="answers">The shards' answers, in shard order.</param>
    public void Refine(int row, ShardScores[] answers)
    {
        (int depth, double floor) = WantedRefinement!.Value;
        _leadOfRest = _moments.Lead(_scanned[0], _moments.ExpectedDifference(_scanned[0], _scanned[0] - floor));
        (_depth, _moments) = (depth, _all.Deeper(_first, answers[0].SeenVariances[row], answers[0].UnseenVariances[row], answers[0].ErrorVariances[row]));
        Merge(row, answers);
        Narrow();
    }

    /// <summary>
    /// How deep the masks must be scanned to go on, and the score found so far below which one does not matter; null
    /// where nothing must.
    /// </summary>
    public (int Depth, double Floor)? WantedRefinement =>
        IsWhole || _finalists > 0 ? null
        : NeverCertain ? (Full, double.NegativeInfinity)
        : (_depth + 1, _scanned[0] - _moments.Margin(_scanned[0], CertainAbove));

    /// <summary>The tasks whose masks must be run to go on.</summary>
    public IEnumerable<int> WantedRuns => _tasks.Take(_finalists).Where(task => !_runs.ContainsKey(task));

    /// <summary>Takes the outcome of a run.</summary>
    public void Set(int task, MaskRun run) => _runs[task] = run;

    /// <summary>The answer, once nothing more is wanted.</summary>
    public Prediction Answer()
    {
        // Best gradient first; where it is not certain, of the best few that come close the lowest entropy first.
        List<int> ranked = [.. _tasks.Where(_runs.ContainsKey).OrderByDescending(task => _runs[task].Score)];
        double best = _runs[ranked[0]].Score;
        List<int> shortlist = IsCertain ? [] : [.. ranked.Take(Shortlist).Where(task => NeverCertain || _moments.Lead(_scanned[0], best - _runs[task].Score) <= CertainAbove)];
        ranked = [.. shortlist.OrderBy(task => double.IsNaN(_runs[task].Entropy) ? double.PositiveInfinity : _runs[task].Entropy), .. ranked.Except(shortlist)];
        int winner = ranked[0];
        double lead = Lead();
        IEnumerable<int> others = ranked.Skip(1).Concat(_tasks.Where(task => !_runs.ContainsKey(task))).Take(Shortlist - 1);
        return new Prediction
        {
            Task = winner,
            Class = _runs[winner].Class,
            Entropy = _runs[winner].Entropy,
            Score = (float)_runs[winner].Score,
            Lead = lead,
            IsUnknown = lead <= _options.UnknownUpTo,
            Margin = shortlist.Count > 1 ? _runs[ranked[1]].Entropy - _runs[winner].Entropy : null,
            RunnersUp = [.. others.Select(task => new Candidate(task, Score(task), shortlist.Contains(task) ? _runs[task].Entropy : null))],
        };
    }

    private void Merge(int row, ShardScores[] answers)
    {
        List<int> tasks = [];
        List<float> scores = [];
        foreach (ShardScores answer in answers)
        {
            tasks.AddRange(answer.Tasks.AsSpan(row * answer.PerRow, answer.PerRow));
            scores.AddRange(answer.Scores.AsSpan(row * answer.PerRow, answer.PerRow));
        }

        // Masks that a refinement has left out have no score.
        int[] best = new int[Math.Min(Wanted(_options), scores.Count)];
        BestCandidates.Pick(CollectionsMarshal.AsSpan(scores), best);
        best = [.. best.TakeWhile(n => !float.IsNegativeInfinity(scores[n]))];
        (_tasks, _scanned) = ([.. best.Select(n => tasks[n])], [.. best.Select(n => scores[n])]);
    }

    private void Narrow()
    {
        int? finalists = OneShotSearch.Finalists(_scanned.AsSpan(0, Math.Min(_scanned.Length, OneShotSearch.MostFinalists)), _moments, CertainAbove);
        _finalists = IsWhole ? (NeverCertain ? Shortlist : finalists ?? Math.Max(Shortlist, OneShotSearch.Finalists(_scanned, _moments, 0) ?? _tasks.Length))
            : NeverCertain ? 0 : finalists ?? 0;
    }

    private bool IsCertain => !NeverCertain && (_options.Shortlist == 1 || Lead() > _options.CertainAbove);

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
