using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Evaluating;

/// <summary>What came out of the test of a model's tasks.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Tasks">The tasks tested.</param>
/// <param name="Learned">All tasks of the model.</param>
internal sealed record ModelOutcome(string Model, IReadOnlyList<TaskOutcome> Tasks, ImmutableArray<TaskSummary> Learned)
{
    private readonly Dictionary<int, TaskNames?> _names = Learned.ToDictionary(task => task.Task, task => task.Names);

    /// <summary>What a task is called.</summary>
    public string TaskName(int task) => _names.GetValueOrDefault(task)?.Task ?? $"task {task}";

    /// <summary>What a class of a task is called.</summary>
    public string ClassName(int task, int label) => _names.GetValueOrDefault(task)?.ClassName(label) ?? $"class {label}";

    /// <summary>The tasks that were tested or found, in their order: the columns of a matrix.</summary>
    public int[] FoundTasks() =>
        [.. Tasks.Select(one => one.Task).Concat(Tasks.SelectMany(one => one.FoundTasks().Keys)).Distinct().Order()];

    /// <summary>The whole as JSON: shares 0 to 1, matrices with a row for each truth.</summary>
    public object ToJson()
    {
        int[] found = FoundTasks();
        return new
        {
            model = Model,
            given = Tasks.Average(one => one.Given),
            found = Tasks.Average(one => one.Found),
            inferred = Tasks.Average(one => one.Inferred),
            taskConfusion = new
            {
                tasks = found,
                names = found.Select(TaskName),
                rows = Tasks.Select(one => new { task = one.Task, counts = Counts(one.FoundTasks(), found) }),
            },
            tasks = Tasks.Select(one =>
            {
                int[] classes = one.AnsweredClasses();
                return new
                {
                    task = one.Task,
                    name = _names.GetValueOrDefault(one.Task)?.Task,
                    examples = one.Images,
                    given = one.Given,
                    found = one.Found,
                    inferred = one.Inferred,
                    classConfusion = new
                    {
                        classes,
                        names = classes.Select(label => ClassName(one.Task, label)),
                        rows = classes.Select(label => new { @class = label, counts = Counts(one.GivenClasses(label), classes) }),
                    },
                };
            }),
        };
    }

    private static IEnumerable<int> Counts(Dictionary<int, int> counts, int[] columns) =>
        columns.Select(column => counts.GetValueOrDefault(column));
}
