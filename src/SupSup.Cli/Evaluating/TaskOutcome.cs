namespace SupSup.Cli.Evaluating;

/// <summary>What came out of the test of a task, as a service tells it.</summary>
/// <param name="Task">Task index.</param>
/// <param name="Images">Number of test examples.</param>
/// <param name="Given">Share whose class was right with the task given, 0 to 1.</param>
/// <param name="Inferred">Share whose task and class were right without.</param>
/// <param name="Found">Share whose task was right.</param>
/// <param name="Confusions">How often which answer was given.</param>
/// <param name="Problem">Why it could not be tested; null where it was.</param>
internal sealed record TaskOutcome(
    int Task, int Images, double Given, double Inferred, double Found, IReadOnlyList<TaskOutcome.Confusion> Confusions,
    string? Problem = null)
{
    /// <summary>The classes that examples were of, in their order.</summary>
    public IEnumerable<int> Labels => Confusions.Select(one => one.Label).Distinct().Order();

    /// <summary>The classes that examples were of or were answered, in their order: the columns of a matrix.</summary>
    public int[] AnsweredClasses() => [.. Labels.Concat(Confusions.Select(answer => answer.Given)).Distinct().Order()];

    /// <summary>How often each class was answered for a class, the task being given.</summary>
    public Dictionary<int, int> GivenClasses(int label) => Confusions.Where(one => one.Label == label).GroupBy(one => one.Given)
        .ToDictionary(group => group.Key, group => group.Sum(one => one.Count));

    /// <summary>How often each task was found.</summary>
    public Dictionary<int, int> FoundTasks() => Confusions.GroupBy(one => one.Task)
        .ToDictionary(group => group.Key, group => group.Sum(one => one.Count));

    /// <summary>How many examples of a class had an answer: the class with the task given, and task and class without.</summary>
    internal sealed record Confusion(int Label, int Given, int Task, int Class, int Count);
}
