using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// Which task lives where: position p of the list of learned tasks is slot p mod 1024 of shard p / 1024. Immutable, so
/// that an answer is computed over one set of tasks while others are being added.
/// </summary>
internal sealed class TaskDirectory
{
    /// <summary>Masks per shard.</summary>
    public const int ShardSize = 1024;

    private readonly ImmutableList<TaskSummary> _tasks;
    private readonly ImmutableDictionary<int, int> _positions;

    private TaskDirectory(ImmutableList<TaskSummary> tasks, ImmutableDictionary<int, int> positions, long revision)
    {
        _tasks = tasks;
        _positions = positions;
        Revision = revision;
    }

    /// <summary>The tasks, in the order of their acknowledgement.</summary>
    public IReadOnlyList<TaskSummary> Tasks => _tasks;

    /// <summary>The sum of the tasks' versions: grows with every task added or replaced.</summary>
    public long Revision { get; }

    /// <summary>Number of tasks.</summary>
    public int Count => _tasks.Count;

    /// <summary>Reads the stored list.</summary>
    public static TaskDirectory Of(ImmutableList<TaskSummary> tasks) =>
        new(tasks, tasks.Select((task, position) => KeyValuePair.Create(task.Task, position)).ToImmutableDictionary(), tasks.Sum(task => (long)task.Version));

    /// <summary>The directory of a list that went on from this one's.</summary>
    public TaskDirectory Advance(ImmutableList<TaskSummary> tasks)
    {
        TaskDirectory next = this;
        for (int position = 0; position < tasks.Count; position++)
        {
            TaskSummary task = tasks[position];
            if (position < next.Count && ReferenceEquals(next._tasks[position], task)) continue;
            long versions = position < next.Count ? task.Version - next._tasks[position].Version : task.Version;
            next = new TaskDirectory(
                position < next.Count ? next._tasks.SetItem(position, task) : next._tasks.Add(task),
                next._positions.SetItem(task.Task, position),
                next.Revision + versions);
        }

        return next;
    }

    /// <summary>The position of a task, or null.</summary>
    public int? Find(int task) => _positions.TryGetValue(task, out int position) ? position : null;

    /// <summary>The task at a position.</summary>
    public TaskSummary this[int position] => _tasks[position];

    /// <summary>The assignment of one shard.</summary>
    public ShardAssignment Assignment(ModelSpec spec, int shard)
    {
        int start = shard * ShardSize;
        int end = Math.Min(start + ShardSize, _tasks.Count);
        ImmutableArray<ShardSlot> slots = [.. Enumerable.Range(start, end - start).Select(position => new ShardSlot(_tasks[position].Task, _tasks[position].Version))];
        return new ShardAssignment { Spec = spec, Revision = ShardRevision(shard), Slots = slots };
    }

    /// <summary>The sum of the versions of one shard's tasks: grows with every task added to it or replaced.</summary>
    public long ShardRevision(int shard)
    {
        int start = shard * ShardSize;
        return Enumerable.Range(start, Math.Min(ShardSize, _tasks.Count - start)).Sum(position => (long)_tasks[position].Version);
    }

    /// <summary>Groups positions by shard.</summary>
    /// <param name="positions">Ascending positions.</param>
    public ImmutableArray<ShardPart> Parts(IEnumerable<int> positions) =>
    [
        .. positions.GroupBy(position => position / ShardSize).Select(group => new ShardPart(
            group.Key,
            new ShardScope
            {
                Revision = ShardRevision(group.Key),
                Slots = [.. group.Select(position => position % ShardSize)],
            })),
    ];
}
