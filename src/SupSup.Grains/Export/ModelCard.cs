using System.Text;
using SupSup.Grains.Interfaces.Models;
using static System.FormattableString;

namespace SupSup.Grains.Export;

/// <summary>A model card: what is stored of a model and how its tasks were tested, as Markdown for people, with the header that hubs of
/// models read.</summary>
public static class ModelCard
{
    /// <summary>How a task did on its test data.</summary>
    /// <param name="Examples">How many were shown.</param>
    /// <param name="Given">Share of right classes with the task given.</param>
    /// <param name="Inferred">Share of right tasks and classes with neither given.</param>
    /// <param name="Found">Share of right tasks.</param>
    /// <param name="Problem">Why it could not be tested; the shares then say nothing.</param>
    public sealed record Test(int Examples, double Given, double Inferred, double Found, string? Problem);

    /// <summary>Writes the card.</summary>
    /// <param name="title">What people call the model.</param>
    /// <param name="model">The model.</param>
    /// <param name="tests">Of tasks that were tested, by index.</param>
    public static string Write(string title, ModelDescription model, IReadOnlyDictionary<int, Test> tests)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tests);
        StringBuilder card = new();
        Header(card, model.Spec);
        card.Append(Invariant($"\n# {Text(title)}\n\n"));
        card.Append(
            "A model of SupSup: one network of fixed random weights, of which only the seed is stored, and for each task a mask of one bit "
            + "for each weight. Learning a task changes no other.\n\n");
        Definition(card, model);
        Tasks(card, model);
        Accuracy(card, model, tests);
        Unknown(card, model);
        Limits(card, model, tests);
        return card.ToString();
    }

    private static void Header(StringBuilder card, ModelSpec spec)
    {
        card.Append("---\nlibrary_name: supsup\n");
        if (spec.InputFormat is { } format)
            card.Append(Invariant($"pipeline_tag: {(format.IsImages ? "image" : "tabular")}-classification\n"));
        card.Append("tags:\n- supermasks\n- continual-learning\n---\n");
    }

    private static void Definition(StringBuilder card, ModelDescription model)
    {
        ModelSpec spec = model.Spec;
        List<string[]> rows =
        [
            ["name", model.Name], ["network", spec.Plan],
            ["weights", $"signed constants of seed {spec.Seed}, generator version {spec.WeightsVersion}"],
            ["mask rule", spec.MaskRule],
            ["inputs", spec.InputFormat?.ToString() ?? $"{spec.Inputs}, of no format that all tasks share"],
        ];
        if (spec.InputFormat is { Names.IsEmpty: false } named) rows.Add(["columns", string.Join(", ", named.Names)]);
        rows.Add(["outputs", $"{spec.Outputs}; those beyond a task's classes tell tasks apart"]);
        rows.Add(["tasks", $"{model.Tasks.Length}"]);
        rows.Add(["bytes of masks", Invariant($"{model.Tasks.Sum(task => (long)task.Bytes):N0}")]);
        Table(card, ["", ""], rows);
    }

    private static void Tasks(StringBuilder card, ModelDescription model)
    {
        card.Append("\n## Tasks\n\n");
        if (model.Tasks.IsEmpty) card.Append("None is learned yet.\n");
        else
            Table(
                card,
                ["task", "name", "classes", "learned from", "data checksum", "learned", "loss", "mask", "mask checksum"],
                model.Tasks.Select(task => new[]
                {
                    $"{task.Task}", task.Names?.Task ?? "", Classes(model.Spec, task), $"{task.Order with { Names = null }}",
                    task.DataChecksum ?? "not known", Invariant($"{task.TrainedAt:yyyy-MM-dd HH:mm} UTC"), Invariant($"{task.Loss:F4}"),
                    $"version {task.Version}", task.Checksum,
                }));
    }

    private static string Classes(ModelSpec spec, TaskSummary task)
    {
        int count = spec.ClassesOf(task.Classes ?? 0);
        return task.Names is { Classes: { IsEmpty: false } names } ? $"{count}: {string.Join(", ", names)}" : $"{count}";
    }

    private static void Accuracy(StringBuilder card, ModelDescription model, IReadOnlyDictionary<int, Test> tests)
    {
        if (model.Tasks.IsEmpty) return;
        card.Append("\n## Accuracy\n\n");
        (TaskSummary Task, Test Test)[] tested =
            [.. model.Tasks.Where(task => tests.ContainsKey(task.Task)).Select(task => (task, tests[task.Task])).Where(
                pair => pair.Item2.Problem is null)];
        if (tested.Length == 0)
        {
            card.Append("Not tested for this card.\n");
            return;
        }

        Test mean = new(
            tested.Sum(one => one.Test.Examples), tested.Average(one => one.Test.Given), tested.Average(one => one.Test.Inferred),
            tested.Average(one => one.Test.Found), null);
        card.Append("On test data of the tasks, which were not learned from.\n\n");
        Table(
            card,
            ["task", "name", "examples", "class, task given", "task and class", "task"],
            tested.Select(one => Row($"{one.Task.Task}", one.Task.Names?.Task ?? "", one.Test)).Append(Row("mean", "", mean)));

        static string[] Row(string task, string name, Test test) =>
            [task, name, $"{test.Examples}", Share(test.Given), Share(test.Inferred), Share(test.Found)];
        static string Share(double share) => Invariant($"{share:P1}");
    }

    private static void Unknown(StringBuilder card, ModelDescription model)
    {
        if (model.Tasks.IsEmpty) return;
        card.Append("\n## Inputs of no task\n\n");
        int known = model.Tasks.Count(task => task.EvidenceSpread is { } spread && float.IsFinite(spread.Least));
        card.Append("Every input gets the most likely task and class. Where `unknown_rate` is asked for, inputs that are less typical of ")
            .Append("their task than that share of its own data are marked as unknown: about that share of inputs of learned tasks is ")
            .Append(Invariant($"marked too. What is typical is stored for {known} of {model.Tasks.Length} tasks"))
            .Append(known == model.Tasks.Length ? ".\n" : "; inputs of the others are never marked.\n");
    }

    private static void Limits(StringBuilder card, ModelDescription model, IReadOnlyDictionary<int, Test> tests)
    {
        card.Append("\n## Limits\n\n")
            .Append("- An answer is one of the classes of the table; inputs of other classes get one of these.\n")
            .Append("- Accuracy holds for inputs that are alike the data of the tasks, taken and normalised in the same way.\n");
        if (model.Spec.InputFormat is null)
            card.Append("- The model does not say what its inputs are: who asks has to normalise them as each task's data were.\n");
        TaskSummary[] unknown = [.. model.Tasks.Where(task => task.DataChecksum is null)];
        if (unknown.Length > 0)
            card.Append(Invariant($"- The data of {Some(unknown)} are not known here: batches were submitted, or masks imported.\n"));
        foreach (TaskSummary task in model.Tasks)
            if (task.Order.Data is not null && tests.TryGetValue(task.Task, out Test? test) && test.Problem is { } problem)
                card.Append(Invariant($"- {Text(problem)}\n"));
        int untested = model.Tasks.Count(task => !tests.ContainsKey(task.Task));
        if (untested > 0 && untested < model.Tasks.Length)
            card.Append(Invariant($"- {untested} of {model.Tasks.Length} tasks were not tested for this card.\n"));
    }

    private static void Table(StringBuilder card, string[] head, IEnumerable<string[]> rows)
    {
        foreach (string[] cells in rows.Prepend([.. head.Select(_ => "---")]).Prepend(head))
            card.Append("| ").AppendJoin(" | ", cells.Select(cell => cell == "---" ? cell : Text(cell))).Append(" |\n");
    }

    private static string Some(TaskSummary[] tasks)
    {
        const int Most = 10;
        string named = string.Join(", ", tasks.Take(Most).Select(task => $"{task.Task}"));
        return $"task{(tasks.Length == 1 ? "" : "s")} {named}{(tasks.Length > Most ? $" and {tasks.Length - Most} more" : "")}";
    }

    // Names come from users: nothing of them is to end a cell or to be taken for Markdown or HTML.
    private static string Text(string value)
    {
        StringBuilder text = new();
        foreach (char c in value)
        {
            if (c is '|' or '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '#' or '~') text.Append('\\');
            text.Append(char.IsControl(c) ? ' ' : c);
        }

        return text.ToString();
    }
}
