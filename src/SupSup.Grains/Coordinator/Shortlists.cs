using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Shards;

namespace SupSup.Grains.Coordinator;

/// <summary>For each image the candidates of all shards merged, then what running them gave.</summary>
internal sealed class Shortlists
{
    private readonly int _rows;
    private readonly float[] _scores;
    private readonly int[] _classes;
    private readonly double[] _entropies;

    /// <summary>Merges the shards' candidates.</summary>
    /// <param name="rows">Number of images.</param>
    /// <param name="perRow">Length of each shortlist.</param>
    /// <param name="answers">The shards' best, in shard order.</param>
    public Shortlists(int rows, int perRow, ShardScores[] answers)
    {
        _rows = rows;
        PerRow = perRow;
        Tasks = new int[rows * perRow];
        _scores = new float[rows * perRow];
        _classes = new int[rows * perRow];
        _entropies = new double[rows * perRow];
        List<(int Task, float Score)> candidates = [];
        List<float> scores = [];
        Span<int> best = new int[perRow];
        for (int row = 0; row < rows; row++)
        {
            candidates.Clear();
            scores.Clear();
            foreach (ShardScores answer in answers)
            {
                for (int i = row * answer.PerRow; i < (row + 1) * answer.PerRow; i++)
                {
                    candidates.Add((answer.Tasks[i], answer.Scores[i]));
                    scores.Add(answer.Scores[i]);
                }
            }

            BestCandidates.Pick(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(scores), best);
            for (int i = 0; i < perRow; i++) (Tasks[row * perRow + i], _scores[row * perRow + i]) = candidates[best[i]];
        }
    }

    /// <summary>Length of each shortlist.</summary>
    public int PerRow { get; }

    /// <summary>Task indices [rows, per row], best gradient first. A run is an index into this.</summary>
    public int[] Tasks { get; }

    /// <summary>Every run, by the shard that holds its mask.</summary>
    public IEnumerable<(int Shard, int[] Runs)> RunsByShard(TaskDirectory directory) => Enumerable.Range(0, Tasks.Length)
        .GroupBy(run => directory.Find(Tasks[run])!.Value / TaskDirectory.ShardSize)
        .Select(group => (group.Key, group.ToArray()));

    /// <summary>Takes the outcome of runs.</summary>
    public void Set(int[] runs, TaskPredictions predictions)
    {
        for (int i = 0; i < runs.Length; i++)
            (_classes[runs[i]], _entropies[runs[i]]) = (predictions.Classes[i], predictions.Entropies[i]);
    }

    /// <summary>The answers: of each shortlist the run with the lowest entropy; of equal ones, the better gradient.</summary>
    public Prediction[] Predictions()
    {
        Prediction[] predictions = new Prediction[_rows];
        for (int row = 0; row < _rows; row++)
        {
            int[] runs = [.. Enumerable.Range(row * PerRow, PerRow).OrderBy(run => _entropies[run])];
            predictions[row] = new Prediction
            {
                Task = Tasks[runs[0]],
                Class = _classes[runs[0]],
                Entropy = _entropies[runs[0]],
                Margin = PerRow > 1 ? _entropies[runs[1]] - _entropies[runs[0]] : null,
                RunnersUp = [.. runs.Skip(1).Select(run => new Candidate(Tasks[run], _scores[run], _entropies[run]))],
            };
        }

        return predictions;
    }
}
