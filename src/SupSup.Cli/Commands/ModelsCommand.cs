using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Demo;
using SupSup.Cli.Evaluating;
using SupSup.Cli.Output;
using SupSup.Cli.Serving;
using SupSup.Core.Networks;
using SupSup.Experiments.Files;
using SupSup.Grains.Export;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Commands;

/// <summary>`supsup models`.</summary>
internal static class ModelsCommand
{
    private const int MostTested = 1000;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common) => new DocumentedCommand(
        "models", "list, show, check, describe, rename, delete, export and import models",
        "They are those of a silo (--server), of the silo that serves the store of this machine, or of the store itself.",
        "supsup models list", "supsup models show nature", "supsup models rename nature outdoors", "supsup models delete nature",
        "supsup models export nature --out nature.safetensors", "supsup models import nature nature.safetensors --server http://host:8080")
    {
        List(common), Show(common), Health(common), Rename(common), Delete(common), Export(common), Import(common), Card(common),
    };

    private static DocumentedCommand List(CommonOptions common)
    {
        DocumentedCommand command = new("list", "list the models", "", "supsup models list", "supsup models list --json");
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            ServedModel.Listed listed = await ServedModel.ListAsync(service, cancellationToken);
            if (result.GetValue(common.Json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(listed, DemoFiles.Json));
                return 0;
            }

            Table table = new() { Border = TableBorder.Simple };
            foreach (string heading in new[] { "model", "tasks", "network", "inputs" }) table.AddColumn(heading);
            foreach (ServedModel model in listed.Models.OrderBy(model => model.Name, StringComparer.Ordinal))
                table.AddRow(
                    Markup.Escape(model.Title), $"{model.Tasks}", Markup.Escape(model.Spec?.Plan ?? model.Error ?? ""),
                    model.Spec?.InputFormat?.ShapeText ?? $"{model.Spec?.Inputs}");
            Write(table);
            return 0;
        });
    }

    private static DocumentedCommand Show(CommonOptions common)
    {
        Argument<string> name = Name();
        DocumentedCommand command = new(
            "show", "show a model's definition and its learned tasks", "", "supsup models show NAME", "supsup models show NAME --json")
        { name };
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            ServedModel model = await ServedModel.GetAsync<ServedModel>(service, result.GetValue(name)!, "", cancellationToken);
            ImmutableArray<TaskSummary> tasks = await ServedModel.TasksAsync(service, model.Name, cancellationToken);
            if (result.GetValue(common.Json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(
                    new { model.Name, model.DisplayName, model.Spec, model.Normalization, model.Reservoir, tasks }, DemoFiles.Json));
                return 0;
            }

            Console.Out.WriteLine($"model {model.Title}: {model.Spec}");
            if (model.Normalization is { } told) Console.Out.WriteLine($"inputs are normalised by {told}");
            if (model.Reservoir is { } reservoir)
                Console.Out.WriteLine($"reservoir of {string.Join(" and ", reservoir.Units)} units, {reservoir.Bytes:N0} bytes: "
                    + $"{reservoir.Stored} of {reservoir.Capacity} masks are stored");
            Table table = new() { Border = TableBorder.Simple };
            foreach (string heading in new[] { "task", "classes", "trained on", "normalised by", "loss", "bytes", "checksum", "stored at" })
                table.AddColumn(heading);
            foreach (TaskSummary task in tasks)
            {
                table.AddRow(
                    Markup.Escape($"{task.Task} {task.Names?.Task}".TrimEnd()),
                    Markup.Escape(Classes(task, model.Spec!)),
                    Markup.Escape($"{task.Order with { Names = null }}"),
                    task.Normalization?.ToString() ?? "unknown",
                    $"{task.Loss:F4}",
                    $"{task.Bytes:N0}",
                    task.Checksum[..12],
                    $"{task.TrainedAt:yyyy-MM-dd HH:mm}");
            }

            Write(table);
            return 0;
        });
    }

    // With the first of their names.
    private static string Classes(TaskSummary task, ModelSpec spec)
    {
        int count = spec.ClassesOf(task.Classes ?? 0);
        return task.Names is { Classes: { IsEmpty: false } names } ? $"{count}: {Some(names, "")}" : $"{count}";
    }

    /// <summary>Writes a table; a pipe has no width to keep to.</summary>
    public static void Write(Table table)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 240;
        AnsiConsole.Write(table);
    }

    /// <summary>The first of some names.</summary>
    /// <param name="names">The names.</param>
    /// <param name="none">What is told where there are none.</param>
    public static string Some(IReadOnlyList<string> names, string none)
    {
        const int Most = 5;
        return names.Count == 0 ? none : $"{string.Join(", ", names.Take(Most))}{(names.Count > Most ? ", ..." : "")}";
    }

    private static DocumentedCommand Health(CommonOptions common)
    {
        Argument<string> name = Name();
        DocumentedCommand command = new(
            "health",
            "read every mask and every other record of a model, and name those that cannot be read",
            "Shows on which silo each shard of masks is. The exit code is 1 when a mask or a record cannot be read.",
            "supsup models health NAME",
            "supsup models health NAME --server http://host:8080 --json")
        { name };
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            ModelHealth health = await ServedModel.GetAsync<ModelHealth>(
                service, result.GetValue(name)!, "/health", cancellationToken);
            if (result.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(health, DemoFiles.Json));
            else Print(health);
            return health.IsWhole ? 0 : UserError.Failed;
        });
    }

    private static void Print(ModelHealth health)
    {
        Table table = new() { Border = TableBorder.Simple };
        foreach (string heading in new[] { "shard", "silo", "tasks", "memory", "cannot be read" }) table.AddColumn(heading);
        foreach (ShardHealth shard in health.Shards)
            table.AddRow($"{shard.Shard}", Markup.Escape(shard.Silo), $"{shard.Tasks}", $"{shard.MemoryBytes / 1e6:F1} MB",
                $"{shard.Failures.Length}");
        Write(table);
        foreach (MaskFailure failure in health.Shards.SelectMany(shard => shard.Failures))
            Console.Out.WriteLine($"task {failure.Task}: {failure.Message}");
        RecordFailure[] records = [.. health.Records.SelectMany(kind => kind.Failures)];
        foreach (RecordFailure failure in records) Console.Out.WriteLine($"record {failure.Record}: {failure.Message}");
        int masks = health.Shards.Sum(shard => shard.Failures.Length);
        if (health.IsWhole) Console.Out.WriteLine($"all {health.Tasks} masks of model {health.Model} can be read, and its other records");
        if (masks > 0) Console.Out.WriteLine($"{masks} of {health.Tasks} masks of model {health.Model} cannot be read");
        if (records.Length > 0) Console.Out.WriteLine($"{records.Length} records of model {health.Model} are damaged or missing");
    }

    private static DocumentedCommand Rename(CommonOptions common)
    {
        Argument<string> name = Name(), to = new("NEW") { Description = "what it is to be called" };
        DocumentedCommand command = new(
            "rename", "give a model another name", "It goes on answering by its names before, and is stored under its first.",
            "supsup models rename nature outdoors")
        { name, to };
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            (string before, string after) = (result.GetValue(name)!, result.GetValue(to)!);
            await service.SendAsync(
                HttpMethod.Put, $"{ServedModel.PathOf(before)}/name", new { name = GrainKeys.CheckModel(after) }, cancellationToken);
            Console.Out.WriteLine(result.GetValue(common.Json)
                ? JsonSerializer.Serialize(new { model = before, renamed = after }, DemoFiles.Json)
                : $"model {before} is now called {after}");
            return 0;
        });
    }

    private static DocumentedCommand Delete(CommonOptions common)
    {
        Argument<string> name = Name();
        Option<bool> yes = Validation.Yes();
        DocumentedCommand command = new(
            "delete", "delete a model, its tasks, data and streams",
            "There is no way back: export it first. What is interrupted goes on when the command is given again, or by itself.",
            "supsup models delete nature", "supsup models delete nature --yes")
        { name, yes };
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            string model = result.GetValue(name)!;
            if (!Validation.IsConfirmed(result.GetValue(yes), $"model {model}, its tasks, data and streams")) return UserError.Failed;
            await ProgressDisplay.ForStandardError().RunAsync($"deleting {model}", 1, async stage =>
            {
                while (!await DeletedAsync(service, model, cancellationToken)) await Task.Delay(Pause, cancellationToken);
                stage.Advance(1);
            });
            Console.Out.WriteLine(result.GetValue(common.Json)
                ? JsonSerializer.Serialize(new { deleted = model }, DemoFiles.Json)
                : $"model {model} is deleted");
            return 0;
        });
    }

    // The silo says so where it takes longer than a request may.
    private static async Task<bool> DeletedAsync(Service service, string model, CancellationToken cancellationToken)
    {
        try
        {
            await service.DeleteAsync(ServedModel.PathOf(model), cancellationToken);
            return true;
        }
        catch (SupSupException e) when (e.Error == SupSupError.Unavailable
            && e.Message.Contains("is being deleted", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private static DocumentedCommand Export(CommonOptions common)
    {
        Option<string> output = Validation.Output("FILE.safetensors");
        Argument<string> name = Name();
        DocumentedCommand command = new(
            "export",
            "write the fixed weights and every mask as safetensors",
            "Tensors: layer{l}.weight (float32, [out, in]) and task{t}.layer{l}.mask (uint8 0 or 1, [out, in]); the model's definition is "
                + "in the metadata. docs/formats.md shows how to recompute an answer from it; `models import` reads it back.",
            "supsup models export NAME --out model.safetensors") { name, output };
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            OutputFile file = OutputFile.Of(result.GetValue(output)!);
            ServedModel model = await ServedModel.GetAsync<ServedModel>(service, result.GetValue(name)!, "", cancellationToken);
            long bytes = 0;
            await ProgressDisplay.ForStandardError().RunAsync("exporting", Bytes(model), async stage =>
                bytes = await service.DownloadAsync(
                    $"{ServedModel.PathOf(model.Name)}/export", file.WriteAsync, read => stage.Advance(read), cancellationToken));
            if (file.IsStdout) return 0;
            Console.Out.WriteLine(result.GetValue(common.Json)
                ? JsonSerializer.Serialize(new { model = model.Name, tasks = model.Tasks, bytes, @out = file.Path }, DemoFiles.Json)
                : $"{model.Tasks} tasks of model {model.Title} written to {file.Path} ({bytes:N0} bytes)");
            return 0;
        });
    }

    private static DocumentedCommand Card(CommonOptions common)
    {
        Option<string> output = Validation.Output("FILE.md");
        Option<int> examples = Validation.Number("--examples", "test examples of each task; 0 tests none", 0, 10_000, 200);
        Argument<string> name = Name();
        DocumentedCommand command = new(
            "card",
            "write a model card in Markdown",
            "What is stored of the model and its tasks, their accuracy on test examples, what is known of inputs of no task, and limits.",
            "supsup models card nature --out MODEL.md", "supsup models card nature --examples 0 --out -") { name, output, examples };
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            OutputFile file = OutputFile.Of(result.GetValue(output)!);
            string path = ServedModel.PathOf(result.GetValue(name)!);
            ServedModel model = await ServedModel.GetAsync<ServedModel>(service, result.GetValue(name)!, "", cancellationToken);
            ImmutableArray<TaskSummary> tasks = await ServedModel.TasksAsync(service, model.Name, cancellationToken);
            Dictionary<int, ModelCard.Test> tests = [];
            if (result.GetValue(examples) > 0 && !tasks.IsEmpty)
            {
                await ProgressDisplay.ForStandardError().RunAsync("testing", Math.Min(tasks.Length, MostTested), async stage =>
                {
                    await foreach (TaskOutcome one in service.LinesAsync<TaskOutcome>(
                        $"{path}/evaluation?tasks={MostTested}&images={result.GetValue(examples)}", cancellationToken))
                    {
                        tests[one.Task] = new(one.Images, one.Given, one.Inferred, one.Found, one.Problem);
                        stage.Advance(1);
                    }
                });
            }

            ModelDescription description = new() { Name = model.Name, Spec = model.Spec!, Tasks = tasks };
            file.Write(Encoding.UTF8.GetBytes(ModelCard.Write(model.DisplayName, description, tests)));
            if (file.IsStdout) return 0;
            int tested = tests.Values.Count(test => test.Problem is null);
            Console.Out.WriteLine(result.GetValue(common.Json)
                ? JsonSerializer.Serialize(new { model = model.Name, tested, @out = file.Path }, DemoFiles.Json)
                : $"the card of model {model.Title} is written to {file.Path}; {tested} of {tasks.Length} tasks were tested");
            return 0;
        });
    }

    // Of the tensors: 4 bytes for a weight, one for each of a mask.
    private static double Bytes(ServedModel model) =>
        model.Spec is { } spec ? (double)Plans.Parse(spec.Plan).Shape.ParameterCount * (4 + (model.Tasks ?? 0)) : 0;

    private static DocumentedCommand Import(CommonOptions common)
    {
        Argument<string> name = new("NAME") { Description = "the model; it is made where it is new" };
        Argument<string> file = new("FILE") { Description = "a file that export wrote, - for stdin" };
        DocumentedCommand command = new(
            "import",
            "read a model from a file that export wrote",
            "Masks, names, and what is known of the data become those of the file; the tasks keep their indices. The same command again "
                + "does nothing, and goes on where it was interrupted. The data themselves are not in the file.",
            "supsup models import NAME model.safetensors", "supsup models export NAME --out - | supsup models import NAME - --server URL")
        { name, file };
        common.AddService(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            (string model, string path) = (result.GetValue(name)!, result.GetValue(file)!);
            await using Stream source = path == OutputFile.Stdout ? Console.OpenStandardInput() : File.OpenRead(path);
            await using Service service = await Service.OpenAsync(common.ReadService(result), create: true, cancellationToken);
            Imported imported = null!;
            string target = $"{ServedModel.PathOf(model)}/import";
            await ProgressDisplay.ForStandardError().RunAsync("importing", source.CanSeek ? source.Length : 1, async stage =>
                imported = source.CanSeek
                    ? await service.SendAsync<Imported>(
                        HttpMethod.Post, target, body => Copy(source, body, read => stage.Advance(read)), source.Length, cancellationToken)
                    : await service.UploadAsync<Imported>(target, source, cancellationToken));
            Console.Out.WriteLine(result.GetValue(common.Json)
                ? JsonSerializer.Serialize(imported, DemoFiles.Json)
                : $"{imported.Tasks} tasks are in model {imported.Model}");
            return 0;
        });
        return command;
    }

    private static void Copy(Stream source, Stream target, Action<int> onBytes)
    {
        byte[] piece = new byte[1 << 16];
        for (int read; (read = source.Read(piece)) > 0; onBytes(read)) target.Write(piece, 0, read);
    }

    private sealed record Imported(string Model, int Tasks);

    private static Argument<string> Name() => new("NAME") { Description = "the model" };
}
