using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Demo;
using SupSup.Cli.Output;
using SupSup.Cli.Serving;
using SupSup.Experiments.Files;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Commands;

/// <summary>`supsup tasks`.</summary>
internal static class TasksCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common) => new DocumentedCommand(
        "tasks", "list, show, rename, delete and export the tasks of a model, and roll them back",
        "A task is named by what it is called, or by its index.", "supsup tasks list nature", "supsup tasks show nature flowers",
        "supsup tasks rename nature flowers blossoms", "supsup tasks delete nature flowers",
        "supsup tasks export nature flowers --out flowers.onnx", "supsup tasks versions nature flowers",
        "supsup tasks rollback nature flowers")
    { List(common), Show(common), Rename(common), Delete(common), Export(common), Versions(common), Rollback(common) };

    private static DocumentedCommand List(CommonOptions common)
    {
        Argument<string> model = new("MODEL") { Description = "the model" };
        DocumentedCommand command = new(
            "list", "list the tasks that a model has learned", "", "supsup tasks list nature", "supsup tasks list nature --json")
        { model };
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            string name = result.GetValue(model)!;
            ImmutableArray<TaskSummary> tasks = await ServedModel.TasksAsync(service, name, cancellationToken);
            if (result.GetValue(common.Json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(new { model = name, tasks }, DemoFiles.Json));
                return 0;
            }

            Table table = new() { Border = TableBorder.Simple };
            foreach (string heading in new[] { "task", "name", "classes", "trained on", "stored at" }) table.AddColumn(heading);
            foreach (TaskSummary task in tasks)
            {
                string classes = task.Classes is { } count ? $"{count}" : "the model's";
                table.AddRow(
                    $"{task.Task}", Markup.Escape(task.Names?.Task ?? ""),
                    Markup.Escape($"{classes}: {ModelsCommand.Some(task.Names?.Classes ?? [], "no names")}"),
                    Markup.Escape($"{task.Order with { Names = null }}"), $"{task.TrainedAt:yyyy-MM-dd HH:mm}");
            }

            ModelsCommand.Write(table);
            return 0;
        });
    }

    private static DocumentedCommand Show(CommonOptions common)
    {
        (Argument<string> model, Argument<string> task) = Arguments();
        DocumentedCommand command = new(
            "show", "show what is stored of a task", "", "supsup tasks show nature flowers", "supsup tasks show nature 0 --json")
        { model, task };
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            TaskSummary found = await FindAsync(service, result.GetValue(model)!, result.GetValue(task)!, cancellationToken);
            if (result.GetValue(common.Json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(found, DemoFiles.Json));
                return 0;
            }

            Console.Out.WriteLine($"task          {found.Task} {found.Names?.Task}");
            if (!found.FormerNames.IsEmpty) Console.Out.WriteLine($"formerly      {string.Join(", ", found.FormerNames.Distinct())}");
            Console.Out.WriteLine($"classes       {found.Classes}: {string.Join(", ", found.Names?.Classes ?? [])}");
            Console.Out.WriteLine($"trained on    {found.Order with { Names = null }}");
            Console.Out.WriteLine($"data checksum {found.DataChecksum ?? "not known"}");
            Console.Out.WriteLine($"normalised by {found.Normalization?.ToString() ?? "not known"}");
            Console.Out.WriteLine($"mask          version {found.Version}, {found.Bytes:N0} bytes, checksum {found.Checksum}");
            Console.Out.WriteLine($"loss          {found.Loss:F4}");
            Console.Out.WriteLine($"training      {found.TrainSeconds:F1} s, stored at {found.TrainedAt:yyyy-MM-dd HH:mm:ss} UTC");
            return 0;
        });
    }

    private static DocumentedCommand Rename(CommonOptions common)
    {
        (Argument<string> model, Argument<string> task) = Arguments();
        Argument<string> to = new("NEW") { Description = "what it is to be called" };
        DocumentedCommand command = new(
            "rename", "give a task another name", "It is found by its names before too, so that their commands go on working.",
            "supsup tasks rename nature flowers blossoms") { model, task, to };
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            string name = result.GetValue(model)!;
            TaskSummary found = await FindAsync(service, name, result.GetValue(task)!, cancellationToken);
            TaskSummary renamed = await service.SendAsync<TaskSummary>(
                HttpMethod.Put, $"{ServedModel.PathOf(name)}/tasks/{found.Task}/name", new { name = result.GetValue(to) },
                cancellationToken);
            Console.Out.WriteLine(result.GetValue(common.Json)
                ? JsonSerializer.Serialize(renamed, DemoFiles.Json)
                : $"task {renamed.Task} of model {name} is now called '{renamed.Names?.Task}'");
            return 0;
        });
    }

    private static DocumentedCommand Delete(CommonOptions common)
    {
        (Argument<string> model, Argument<string> task) = Arguments();
        Option<bool> yes = Validation.Yes();
        DocumentedCommand command = new(
            "delete", "remove a task and all that is stored of it",
            "The other tasks are as they were; the index is never used again.", "supsup tasks delete nature flowers") { model, task, yes };
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            string name = result.GetValue(model)!;
            TaskSummary found = await FindAsync(service, name, result.GetValue(task)!, cancellationToken);
            string told = $"task {found.Task} '{found.Names?.Task}' of model {name}";
            if (!Validation.IsConfirmed(result.GetValue(yes), told)) return UserError.Failed;
            await service.DeleteAsync($"{ServedModel.PathOf(name)}/tasks/{found.Task}", cancellationToken);
            Console.Out.WriteLine(result.GetValue(common.Json)
                ? JsonSerializer.Serialize(new { model = name, task = found.Task, deleted = true }, DemoFiles.Json)
                : $"{told} is deleted");
            return 0;
        });
    }

    private static DocumentedCommand Export(CommonOptions common)
    {
        (Argument<string> model, Argument<string> task) = Arguments();
        Option<string> output = Validation.Output("FILE.onnx");
        output.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } file && file.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
                result.AddError($"--out {file}: a task is written in ONNX; use --out {Path.ChangeExtension(file, "onnx")}, or write "
                    + "all tasks as safetensors with `supsup models export`");
        });
        DocumentedCommand command = new(
            "export", "write a task as a network of its own, in ONNX",
            "For any program that runs ONNX: levels or numbers as the data have them go in, probabilities and the name of the class come "
                + "out. It knows no other task. `models export` writes all of them, and `models import` reads that back.",
            "supsup tasks export nature flowers --out flowers.onnx") { model, task, output };
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            OutputFile file = OutputFile.Of(result.GetValue(output)!);
            string name = result.GetValue(model)!;
            TaskSummary found = await FindAsync(service, name, result.GetValue(task)!, cancellationToken);
            long bytes = await service.DownloadAsync(
                $"{ServedModel.PathOf(name)}/tasks/{found.Task}/onnx", file.WriteAsync, _ => { }, cancellationToken);
            if (file.IsStdout) return 0;
            Console.Out.WriteLine(result.GetValue(common.Json)
                ? JsonSerializer.Serialize(new { model = name, task = found.Task, bytes, @out = file.Path }, DemoFiles.Json)
                : $"task {found.Task} '{found.Names?.Task}' of model {name} written to {file.Path} ({bytes:N0} bytes)");
            return 0;
        });
    }

    private static DocumentedCommand Versions(CommonOptions common)
    {
        (Argument<string> model, Argument<string> task) = Arguments();
        Option<bool> compare = new("--compare") { Description = "also compare them: which weights both masks keep, and both accuracies" };
        DocumentedCommand command = new(
            "versions", "list the versions of a task: the one in force, and the one before it",
            "A task that was trained once more (`train --replace`) keeps the version before for a while (Tasks:KeepVersionHours).",
            "supsup tasks versions nature flowers", "supsup tasks versions nature flowers --compare --json") { model, task, compare };
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            string name = result.GetValue(model)!;
            TaskSummary found = await FindAsync(service, name, result.GetValue(task)!, cancellationToken);
            string path = $"{ServedModel.PathOf(name)}/tasks/{found.Task}/versions";
            IReadOnlyList<TaskVersionView> versions = (await service.GetAsync<VersionList>(path, cancellationToken)).Versions;
            Comparison? compared = result.GetValue(compare) && versions.Count > 1
                ? await service.GetAsync<Comparison>($"{path}/{versions[1].Version}/comparison", cancellationToken)
                : null;
            if (result.GetValue(common.Json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(
                    new { model = name, task = found.Task, versions, comparison = compared }, DemoFiles.Json));
                return 0;
            }

            Table table = new() { Border = TableBorder.Simple };
            foreach (string heading in new[] { "version", "state", "trained on", "stored at", "loss" }) table.AddColumn(heading);
            foreach (TaskVersionView version in versions)
                table.AddRow(
                    $"{version.Version}",
                    (version.Until is { } until ? $"kept until {until:yyyy-MM-dd HH:mm} UTC" : "in force")
                        + (version.RolledBackTo is { } back ? $", the mask of version {back}" : ""),
                    Markup.Escape($"{version.Task.Order with { Names = null }}"), $"{version.Task.TrainedAt:yyyy-MM-dd HH:mm}",
                    $"{version.Task.Loss:F4}");
            ModelsCommand.Write(table);
            if (compared is not null) Console.Out.WriteLine(compared.ToString());
            return 0;
        });
    }

    private static DocumentedCommand Rollback(CommonOptions common)
    {
        (Argument<string> model, Argument<string> task) = Arguments();
        Option<int?> to = Validation.OptionalNumber("--to", "the version to go back to (default: the one before)", 1, int.MaxValue);
        DocumentedCommand command = new(
            "rollback", "have the version before in force again",
            "It gets a new version, and the one that it takes the place of is kept in turn: without --to the same command goes forth "
                + "again.",
            "supsup tasks rollback nature flowers", "supsup tasks rollback nature flowers --to 1") { model, task, to };
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            string name = result.GetValue(model)!;
            TaskSummary found = await FindAsync(service, name, result.GetValue(task)!, cancellationToken);
            string path = $"{ServedModel.PathOf(name)}/tasks/{found.Task}";
            int version = result.GetValue(to)
                ?? (await service.GetAsync<VersionList>($"{path}/versions", cancellationToken)).Versions.ElementAtOrDefault(1)?.Version
                ?? throw new SupSupException(
                    SupSupError.NotFound, $"task {found.Task} of model '{name}' has no earlier version that is kept; learn it again");
            TaskSummary now = await service.SendAsync<TaskSummary>(HttpMethod.Put, $"{path}/version", new { version }, cancellationToken);
            Console.Out.WriteLine(result.GetValue(common.Json)
                ? JsonSerializer.Serialize(now, DemoFiles.Json)
                : $"task {now.Task} '{now.Names?.Task}' of model {name} has the mask of version {version} again, as version {now.Version}");
            return 0;
        });
    }

    private static (Argument<string> Model, Argument<string> Task) Arguments() =>
        (new("MODEL") { Description = "the model" }, new("TASK") { Description = "the task, by name or index" });

    private static async Task<TaskSummary> FindAsync(Service service, string model, string task, CancellationToken cancellationToken) =>
        ServedModel.Find(await ServedModel.TasksAsync(service, model, cancellationToken), model, task);

    private sealed record VersionList(IReadOnlyList<TaskVersionView> Versions);

    private sealed record TaskVersionView(int Version, bool InForce, DateTimeOffset? Until, int? RolledBackTo, TaskSummary Task);

    private sealed record Comparison(
        int One, int Other, int Weights, int KeptByOne, int KeptByOther, int KeptByBoth, double Agreement, double? AccuracyOfOne,
        double? AccuracyOfOther, int? Rows, int? SameAnswers, string? Remark)
    {
        public override string ToString() =>
            $"masks of versions {One} and {Other} agree on {100 * Agreement:F1} % of {Weights:N0} weights ({KeptByBoth:N0} kept by both); "
                + (Remark ?? $"{100 * AccuracyOfOne:F1} % and {100 * AccuracyOfOther:F1} % of {Rows} test examples right, {SameAnswers} "
                    + "answered alike");
    }
}
