using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Demo;
using SupSup.Cli.Evaluating;
using SupSup.Cli.Output;
using SupSup.Cli.Serving;
using SupSup.Experiments.Files;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Commands;

/// <summary>`supsup evaluate`.</summary>
internal sealed class EvaluateCommand
{
    private readonly Argument<string> _model = new("MODEL") { Description = "the model" };
    private readonly Option<string?> _data = new("--data")
    {
        Description = "other data of this machine or, where it has none of the name, of the silo's, with classes that --task has, "
            + "whose test half is used (default: the test half of each task's own data)",
        HelpName = "PATH",
    };

    private readonly Option<string?> _task = new("--task") { Description = "only this task, by name or index", HelpName = "NAME" };
    private readonly Option<int> _tasks = Validation.Number("--tasks", "tasks at most, spread over the order of learning", 1, 1000, 1000);
    private readonly Option<int> _examples = Validation.Number("--examples", "test examples of each task at most", 1, 10_000, 1000);
    private readonly Option<string?> _out = new("--out")
    {
        Description = "draw the matrices: which task was found, which class of each task (- for stdout, and nothing else there)",
        HelpName = "FILE.png",
    };

    private readonly CommonOptions _common;

    private EvaluateCommand(CommonOptions common) => _common = common;

    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common) => new EvaluateCommand(common).Make();

    private DocumentedCommand Make()
    {
        DocumentedCommand command = new(
            "evaluate",
            "accuracy per task and class, and what is taken for what",
            """
            Each task is tested on the test half of its data: the class with the task given, and task and class without. Below the tasks
            stand the classes of each, and the three that they are most taken for. --out draws the matrices.
            """,
            "supsup evaluate nature",
            "supsup evaluate nature --out confusion.png",
            "supsup evaluate nature --task flowers --data ./more-flowers",
            "supsup evaluate nature --json")
        {
            _model, _task, _data, _tasks, _examples, _out,
        };
        _common.AddService(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        string model = result.GetValue(_model)!;
        if (result.GetValue(_data) is not null && result.GetValue(_task) is null)
            throw new SupSupException(SupSupError.InvalidRequest, "--data needs --task: whose classes the data have");
        if (result.GetValue(_data) is not null && result.GetValue(_out) is not null)
            throw new SupSupException(SupSupError.InvalidRequest, "--out draws the test halves of the tasks; leave it out with --data");
        OutputFile? picture = result.GetValue(_out) is { } file ? OutputFile.Of(file) : null;
        await using Service service = await Service.OpenAsync(_common.ReadService(result), create: false, cancellationToken);
        ImmutableArray<TaskSummary> tasks = await ServedModel.TasksAsync(service, model, cancellationToken);
        TaskSummary? only = result.GetValue(_task) is { } named ? ServedModel.Find(tasks, model, named) : null;
        if (only is not null && result.GetValue(_data) is { } data)
            return await OnDataAsync(result, service, model, only, data, cancellationToken);

        TaskSummary[] submitted = [.. tasks.Where(task => task.Order.Data is null)];
        if (submitted.Length == tasks.Length)
            throw new SupSupException(SupSupError.InvalidRequest, tasks.IsEmpty
                ? $"model '{model}' has learned no task yet; learn one by 'supsup train'"
                : $"the tasks of model '{model}' were learned from submitted batches or imported, so their test data are not known here; "
                    + "name data by --task NAME --data PATH");
        if (submitted.Length > 0)
            Console.Error.WriteLine($"warning: {submitted.Length} of {tasks.Length} tasks were learned from submitted batches or imported, "
                + "and are left out: their test data are not known here");
        List<TaskOutcome> outcomes = [];
        List<string> problems = [];
        string query = $"tasks={result.GetValue(_tasks)}&images={result.GetValue(_examples)}&confusions=true"
            + (only is null ? "" : $"&task={only.Task}");
        int expected = only is null ? Math.Min(tasks.Length - submitted.Length, result.GetValue(_tasks)) : 1;
        await ProgressDisplay.ForStandardError().RunAsync("evaluating", expected, async stage =>
        {
            await foreach (TaskOutcome one in service.LinesAsync<TaskOutcome>(
                $"{ServedModel.PathOf(model)}/evaluation?{query}", cancellationToken))
            {
                if (one.Problem is { } problem) problems.Add(problem);
                else outcomes.Add(one);
                stage.Advance(1);
            }
        });
        if (outcomes.Count == 0)
            throw new SupSupException(SupSupError.InvalidRequest, problems.FirstOrDefault() ?? "nothing was evaluated");
        foreach (string problem in problems) Console.Error.WriteLine($"warning: {problem}");
        ModelOutcome whole = new(model, outcomes, tasks);
        picture?.Write(ConfusionFigure.Draw(whole));
        if (picture is { IsStdout: true }) return 0;
        if (result.GetValue(_common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(whole.ToJson(), DemoFiles.Json));
        else Print(whole);
        return 0;
    }

    private async Task<int> OnDataAsync(
        ParseResult result, Service service, string model, TaskSummary task, string data, CancellationToken cancellationToken)
    {
        ModelSpec? spec = (await ServedModel.FindAsync(service, model, cancellationToken))?.Spec;
        string dataset = (spec?.InputFormat).AsTaken(data);
        TaskData other = task.Order.Data is { } own ? own with { Dataset = dataset } : new TaskData { Dataset = dataset, Family = "whole" };
        ServiceOptions options = _common.ReadService(result);
        TaskAccuracy found = options.Server is not null && LocalData.Of(dataset) is not null
            ? await LocalEvaluation.RunAsync(service, model, spec!, task, other, options.Store.Data, cancellationToken)
            : await service.SendAsync<TaskAccuracy>(
                HttpMethod.Post, $"{ServedModel.PathOf(model)}/tasks/{task.Task}/evaluation", new { data = other }, cancellationToken);
        if (result.GetValue(_common.Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new { model, task = task.Task, name = task.Names?.Task, data, found.Correct, found.Rows, accuracy = found.Share },
                DemoFiles.Json));
        else
            Console.Out.WriteLine(
                $"task {task.Task} '{task.Names?.Task}' of model {model} on {data}: {Share(found.Share)} of {found.Rows} right");
        return 0;
    }

    private static void Print(ModelOutcome whole)
    {
        const int MostTold = 50;
        Table table = new() { Border = TableBorder.Simple };
        string[] headings = ["task", "examples", "right, task given", "task found", "task and class right", "most taken for"];
        foreach (string heading in headings) table.AddColumn(heading);
        foreach (TaskOutcome one in whole.Tasks.Take(MostTold))
            table.AddRow(
                Markup.Escape(whole.TaskName(one.Task)), $"{one.Images}", Share(one.Given), Share(one.Found), Share(one.Inferred),
                Markup.Escape(MostTakenFor(one.FoundTasks(), one.Task, one.Images, whole.TaskName)));
        ModelsCommand.Write(table);
        foreach (TaskOutcome one in whole.Tasks.Take(MostTold)) PrintClasses(whole, one);
        if (whole.Tasks.Count > MostTold)
            Console.Out.WriteLine($"and {whole.Tasks.Count - MostTold} more tasks (--json has all, --task NAME one)");
        string Mean(Func<TaskOutcome, double> share) => Share(whole.Tasks.Average(share));
        string tested = whole.Tasks.Count == 1 ? "the one task" : $"all {whole.Tasks.Count} tasks";
        Console.Out.WriteLine($"{tested}: {Mean(one => one.Given)} right with the task given, "
            + $"{Mean(one => one.Found)} of tasks found, {Mean(one => one.Inferred)} task and class right");
    }

    private static void PrintClasses(ModelOutcome whole, TaskOutcome one)
    {
        string title = $"classes of {whole.TaskName(one.Task)}, the task given";
        Table table = new() { Border = TableBorder.Simple, Title = new TableTitle(Markup.Escape(title)) };
        foreach (string heading in new[] { "class", "examples", "right", "most taken for" }) table.AddColumn(heading);
        foreach (int label in one.Labels)
        {
            Dictionary<int, int> given = one.GivenClasses(label);
            int count = given.Values.Sum();
            table.AddRow(
                Markup.Escape(whole.ClassName(one.Task, label)), $"{count}", Share(given.GetValueOrDefault(label) / (double)count),
                Markup.Escape(MostTakenFor(given, label, count, other => whole.ClassName(one.Task, other))));
        }

        ModelsCommand.Write(table);
    }

    private static string MostTakenFor(Dictionary<int, int> counts, int truth, int all, Func<int, string> name) =>
        string.Join(", ", counts.Where(pair => pair.Key != truth).OrderByDescending(pair => pair.Value).Take(3)
            .Select(pair => $"{name(pair.Key)} {Share(pair.Value / (double)all)}"));

    private static string Share(double share) => $"{100 * share:F1} %";
}
