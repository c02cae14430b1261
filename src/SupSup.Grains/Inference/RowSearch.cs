using System.Runtime.InteropServices;
using SupSup.Core.Banks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Inference;

/// <summary>
/// The search for one image's task: scans narrow the masks down, those that are left are run, and the runs decide.
/// Where the best gradient leads the next by far, running others could only do harm (their entropy is low by chance now
/// and then) and costs time; where it is close, the shortlist is run and the lowest entropy decides. docs/inference.md
/// has the figures.
/// </summary>
internal sealed class RowSearch
{
    /// <summary>Of fewer masks the spread says nothing, and running them all costs little.</summary>
    public const int FewestMasksForSpread = 8;

    private readonly InferenceOptions _options;
    private readonly int _masks;
    private readonly Dictionary<int, MaskRun> _runs = [];
    private int[] _tasks = [];
    private float[] _scanned = [];
    private ScanMoments _moments;
    private bool _full;
    private int _finalists;

    /// <summary>Starts.</summary>
    /// <param name="masks">Number of masks in superposition.</param>
    /// <param name="options">Length of the shortlist, and when a gradient is certain.</param>
    public RowSearch(int masks, InferenceOptions options)
    {
        _masks = masks;
        _options = options;
    }

    /// <summary>How many candidates a scan should name.</summary>
    public static int Wanted(InferenceOptions options, bool full) => full ? Math.Max(options.Shortlist + 1, OneShotSearch.MostFinalists) : OneShotSearch.MostFinalists;

    private int Shortlist => Math.Min(_options.Shortlist, _tasks.Length);

    private bool NeverCertain => _masks < FewestMasksForSpread || double.IsPositiveInfinity(_options.CertainAbove);

    // A shortlist of one has nothing to decide.
    private double CertainAbove => _options.Shortlist == 1 ? 0 : _options.CertainAbove;

    /// <summary>Merges what the shards found.</summary>
    /// <param name="row">Row of the scan.</param>
    /// <param name="answers">The shards' answers, in shard order.</param>
    /// <param name="counts">How many masks each scanned.</param>
    /// <param name="full">How deep they scanned.</param>
    public void Take(int row, ShardScores[] answers, int[] counts, bool full)
    {
        List<int> tasks = [];
        List<float> scores = [];
        ScanMoments coarse = _moments;
        _moments = default;
        for (int n = 0; n < answers.Length; n++)
        {
            ShardScores answer = answers[n];
            tasks.AddRange(answer.Tasks.AsSpan(row * answer.PerRow, answer.PerRow));
            scores.AddRange(answer.Scores.AsSpan(row * answer.PerRow, answer.PerRow));
            ScanMoments part = new(counts[n], answer.Sums[row], answer.SumsOfSquares[row], answer.SeenVariances[row], answer.UnseenVariances[row], answer.ErrorVariances[row]);
            _moments = n == 0 ? part : _moments.Add(part);
        }

        // After a scan of what a coarse one left over, the spread is still the one that the coarse one found.
        if (full && _scanned.Length > 0) _moments = coarse.Whole(_scanned[0], _moments.ErrorVariance);
        int[] best = new int[Math.Min(Wanted(_options, full), scores.Count)];
        BestCandidates.Pick(CollectionsMarshal.AsSpan(scores), best);
        (_tasks, _scanned, _full) = ([.. best.Select(n => tasks[n])], [.. best.Select(n => scores[n])], full);
        int? finalists = OneShotSearch.Finalists(_scanned, _moments, CertainAbove);
        _finalists = NeverCertain ? Shortlist : finalists ?? (full ? Math.Max(Shortlist, OneShotSearch.Finalists(_scanned, _moments, 0) ?? _tasks.Length) : 0);
    }

    /// <summary>After a coarse scan, the score below which a mask matters neither to the answer nor to the shortlist; null before.</summary>
    public double? Floor => _full || _scanned.Length == 0 ? null
        : Math.Min(_scanned[0] - _moments.Margin(_scanned[0], CertainAbove), ShortlistFloor);

    // The shortlist is of the best by whole scores: of masks as far behind its last as the best may be behind.
    private double ShortlistFloor => NeverCertain ? double.NegativeInfinity : _scanned[Shortlist - 1] - _moments.Margin(_scanned[0], 0);

    /// <summary>Whether the masks must be scanned in full to go on.</summary>
    public bool NeedsFullScan => !_full && (_finalists == 0 || NeverCertain || (AllRun(_finalists) && !IsCertain && _options.Shortlist > 1));

    /// <summary>The tasks whose masks must be run to go on.</summary>
    public IEnumerable<int> WantedRuns
    {
        get
        {
            if (NeedsFullScan) return [];
            int wanted = AllRun(_finalists) && !IsCertain ? Math.Max(_finalists, Shortlist) : _finalists;
            return _tasks.Take(wanted).Where(task => !_runs.ContainsKey(task));
        }
    }

    /// <summary>Takes the outcome of a run.</summary>
    public void Set(int task, MaskRun run) => _runs[task] = run;

    /// <summary>The answer, once nothing more is wanted.</summary>
    public Prediction Answer()
    {
        // Best gradient first; where it is not certain, of the best few the lowest entropy first.
        List<int> ranked = [.. _tasks.Where(_runs.ContainsKey).OrderByDescending(task => _runs[task].Score)];
        if (!IsCertain) ranked = [.. ranked.Take(Shortlist).OrderBy(task => double.IsNaN(_runs[task].Entropy) ? double.PositiveInfinity : _runs[task].Entropy)];
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
            Margin = ranked.Count > 1 && !IsCertain ? _runs[ranked[1]].Entropy - _runs[winner].Entropy : null,
            RunnersUp = [.. others.Select(task => new Candidate(task, Score(task), _runs.TryGetValue(task, out MaskRun run) ? run.Entropy : null))],
        };
    }

    private bool IsCertain => !NeverCertain && (_options.Shortlist == 1 || Lead() > _options.CertainAbove);

    private bool AllRun(int count) => count > 0 && _tasks.Take(count).All(_runs.ContainsKey);

    // By exact scores where two were run, and as the scan lets expect where it was far from close.
    private double Lead()
    {
        double[] scores = [.. _runs.Values.Select(run => run.Score).OrderDescending().Take(2)];
        return scores.Length > 1 ? _moments.Lead(_scanned[0], scores[0] - scores[1]) : _moments.ScannedLead(_scanned);
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
