using System.Runtime.InteropServices;
using SupSup.Core.Banks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// For each image the candidates of all shards merged, then what running them gave. Where the best gradient leads the
/// next by far, running the others could only do harm (their entropy is low by chance now and then) and costs time, so
/// only the best is run; docs/inference.md has the figures.
/// </summary>
internal sealed class Shortlists
{
    // Of fewer masks the spread says nothing, and running them all costs little.
    private const int FewestMasksForSpread = 8;

    private readonly int[] _tasks;
    private readonly float[] _scores;
    private readonly double[] _leads;
    private readonly int[] _classes;
    private readonly double?[] _entropies;
    private readonly int _perRow;

    /// <summary>Merges the shards' candidates.</summary>
    /// <param name="rows">Number of images.</param>
    /// <param name="masks">Number of masks scored.</param>
    /// <param name="options">Length of the shortlist, and when a gradient is certain.</param>
    /// <param name="answers">The shards' best, in shard order.</param>
    public Shortlists(int rows, int masks, InferenceOptions options, ShardScores[] answers)
    {
        _perRow = Math.Min(options.Shortlist, masks);
        _tasks = new int[rows * _perRow];
        _scores = new float[rows * _perRow];
        _leads = new double[rows];
        _classes = new int[rows * _perRow];
        _entropies = new double?[rows * _perRow];
        List<int> runs = [];
        for (int row = 0; row < rows; row++)
        {
            Merge(row, masks, answers);
            int wanted = masks >= FewestMasksForSpread && _leads[row] > options.CertainAbove ? 1 : _perRow;
            runs.AddRange(Enumerable.Range(row * _perRow, wanted));
        }

        Runs = runs;
    }

    /// <summary>What is to be run: indices into a table [rows, per row].</summary>
    public IReadOnlyList<int> Runs { get; }

    /// <summary>The image of a run.</summary>
    public int Row(int run) => run / _perRow;

    /// <summary>The task of a run.</summary>
    public int Task(int run) => _tasks[run];

    /// <summary>Takes the outcome of runs.</summary>
    public void Set(IReadOnlyList<int> runs, TaskPredictions predictions)
    {
        for (int i = 0; i < runs.Count; i++)
            (_classes[runs[i]], _entropies[runs[i]]) = (predictions.Classes[i], predictions.Entropies[i]);
    }

    /// <summary>The answers: of each image's runs the one with the lowest entropy; of equal ones, the better gradient.</summary>
    public Prediction[] Predictions()
    {
        Prediction[] predictions = new Prediction[_leads.Length];
        for (int row = 0; row < predictions.Length; row++)
        {
            int[] ranked = [.. Enumerable.Range(row * _perRow, _perRow).OrderBy(run => _entropies[run] is { } entropy && !double.IsNaN(entropy) ? entropy : double.PositiveInfinity)];
            predictions[row] = new Prediction
            {
                Task = _tasks[ranked[0]],
                Class = _classes[ranked[0]],
                Entropy = _entropies[ranked[0]]!.Value,
                Lead = _leads[row],
                Margin = _perRow > 1 ? _entropies[ranked[1]] - _entropies[ranked[0]] : null,
                RunnersUp = [.. ranked.Skip(1).Select(run => new Candidate(_tasks[run], _scores[run], _entropies[run]))],
            };
        }

        return predictions;
    }

    private void Merge(int row, int masks, ShardScores[] answers)
    {
        List<int> tasks = [];
        List<float> scores = [];
        foreach (ShardScores answer in answers)
        {
            tasks.AddRange(answer.Tasks.AsSpan(row * answer.PerRow, answer.PerRow));
            scores.AddRange(answer.Scores.AsSpan(row * answer.PerRow, answer.PerRow));
        }

        // One more than the shortlist, which may be of one: the lead is over the next.
        Span<int> best = stackalloc int[Math.Min(_perRow + 1, scores.Count)];
        BestCandidates.Pick(CollectionsMarshal.AsSpan(scores), best);
        for (int i = 0; i < _perRow; i++) (_tasks[row * _perRow + i], _scores[row * _perRow + i]) = (tasks[best[i]], scores[best[i]]);
        _leads[row] = best.Length == 1 ? double.PositiveInfinity : Lead(row, masks, answers, scores[best[0]], scores[best[1]]);
    }

    // The spread is that of the masks behind the best, which would otherwise widen it by its own lead.
    private static double Lead(int row, int masks, ShardScores[] answers, double best, double second)
    {
        if (best == second) return 0;
        double mean = (answers.Sum(answer => answer.Sums[row]) - best) / (masks - 1);
        double variance = ((answers.Sum(answer => answer.SumsOfSquares[row]) - (best * best)) / (masks - 1)) - (mean * mean);
        return (best - second) / Math.Sqrt(Math.Max(0, variance));
    }
}
