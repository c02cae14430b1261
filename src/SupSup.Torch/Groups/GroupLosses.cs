using SupSup.Core.Training;

namespace SupSup.Torch.Groups;

/// <summary>The losses of a group's tasks, summed over the last tenth of the recipe's batches as
/// <see cref="TrainingSession"/> does.</summary>
internal sealed class GroupLosses
{
    private readonly int _batches;
    private readonly IReadOnlyList<TrainingJob> _tasks;
    private readonly double[] _tails;
    private readonly float[] _last;

    /// <summary>Starts, or goes on from the tasks' checkpoints.</summary>
    public GroupLosses(Recipe recipe, IReadOnlyList<TrainingJob> tasks)
    {
        _batches = recipe.Batches;
        _tasks = tasks;
        _tails = [.. tasks.Select(task => task.From?.TailLoss ?? 0)];
        _last = new float[tasks.Count];
    }

    private int TailBatches => Math.Max(1, _batches / 10);

    /// <summary>Adds the losses of consecutive batches.</summary>
    /// <param name="first">Number of the first batch, from 0.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="losses">In nats, [count, tasks] or longer.</param>
    /// <exception cref="TaskLossException">The loss of a task that was not stopped is not finite.</exception>
    public void Add(int first, int count, ReadOnlySpan<float> losses)
    {
        for (int batch = 0; batch < count; batch++)
        {
            ReadOnlySpan<float> row = losses.Slice(batch * _last.Length, _last.Length);
            row.CopyTo(_last);
            for (int task = 0; task < row.Length; task++)
                if (!float.IsFinite(row[task]) && !_tasks[task].Stop.IsCancellationRequested)
                    throw new TaskLossException(_tasks[task], first + batch);
            if (first + batch < _batches - TailBatches) continue;
            for (int task = 0; task < row.Length; task++) _tails[task] += row[task];
        }
    }

    /// <summary>Loss of a task's last batch.</summary>
    public float Last(int task) => _last[task];

    /// <summary>Sum of a task's losses in the tail so far.</summary>
    public double Tail(int task) => _tails[task];

    /// <summary>Mean of a task's losses in the tail, once it is complete.</summary>
    public double MeanOfTail(int task) => _tails[task] / TailBatches;
}
