using System.Collections.Concurrent;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.LoadTest;

/// <summary>What was acknowledged so far, and what was seen of it then. Thread-safe.</summary>
internal sealed class LearnedTasks
{
    private readonly ConcurrentDictionary<int, TaskSummary> _summaries = new();
    private readonly ConcurrentDictionary<int, int> _classes = new();
    private volatile int[] _tasks = [];

    /// <summary>The tasks, for those who choose one at random.</summary>
    public IReadOnlyList<int> Tasks => _tasks;

    /// <summary>The acknowledgements.</summary>
    public IReadOnlyDictionary<int, TaskSummary> Summaries => _summaries;

    /// <summary>The class that each task's mask gave its probe image when it was acknowledged.</summary>
    public IReadOnlyDictionary<int, int> Classes => _classes;

    /// <summary>Takes an acknowledgement.</summary>
    public void Add(TaskSummary summary)
    {
        _summaries[summary.Task] = summary;
        lock (_summaries) _tasks = [.. _tasks, summary.Task];
    }

    /// <summary>Takes the class of a task's probe image.</summary>
    public void SetClass(int task, int @class) => _classes[task] = @class;
}
