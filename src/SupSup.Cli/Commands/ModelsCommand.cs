using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Demo;
using SupSup.Cli.Hosting;
using SupSup.Cli.Output;
using SupSup.Cli.Serving;
using SupSup.Client;
using SupSup.Experiments.Files;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Commands;

/// <summary>`supsup models`.</summary>
internal static class ModelsCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common) => new DocumentedCommand(
        "models", "list, show, check and export models of a running cluster, or of the store",
        "list takes --server, or finds the silo that serves the store; the others take --redis or --gateway of a running cluster, and read "
            + "the store without them.",
        "supsup models show NAME", "supsup models health NAME --gateway 127.0.0.1:30000",
        "supsup models export NAME --out model.safetensors") { List(common), Show(common), Health(common), Export(common) };

    private static DocumentedCommand List(CommonOptions common)
    {
        DocumentedCommand command = new("list", "list the models", "", "supsup models list", "supsup models list --json");
        return common.OnService(command, async (service, result, cancellationToken) =>
        {
            Listed listed = await service.GetAsync<Listed>("v1/models", cancellationToken);
            if (result.GetValue(common.Json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(listed, DemoFiles.Json));
                return 0;
            }

            Table table = new() { Border = TableBorder.Simple };
            foreach (string heading in new[] { "model", "tasks", "network", "inputs" }) table.AddColumn(heading);
            foreach (ServedModel model in listed.Models.OrderBy(model => model.Name, StringComparer.Ordinal))
                table.AddRow(
                    Markup.Escape(model.Name), $"{model.Tasks}", Markup.Escape(model.Spec?.Plan ?? model.Error ?? ""),
                    model.Spec?.InputFormat?.ShapeText ?? $"{model.Spec?.Inputs}");
            Write(table);
            return 0;
        });
    }

    private sealed record Listed(IReadOnlyList<ServedModel> Models);

    private static DocumentedCommand Show(CommonOptions common)
    {
        DocumentedCommand command = new(
            "show",
            "show a model's definition and its learned tasks",
            "Without --redis or --gateway the model is read from the store, which no other process may be using.",
            "supsup models show NAME",
            "supsup models show NAME --gateway 127.0.0.1:30000 --json");
        return OnModel(common, command, async (opened, result, cancellationToken) =>
        {
            ModelDescription model = await opened.DescribeAsync(cancellationToken);
            if (result.GetValue(common.Json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(model, DemoFiles.Json));
                return 0;
            }

            Console.Out.WriteLine($"model {model.Name}: {model.Spec}");
            if (model.Normalization is { } told) Console.Out.WriteLine($"inputs are normalised by {told}");
            Table table = new() { Border = TableBorder.Simple };
            foreach (string heading in new[] { "task", "classes", "trained on", "normalised by", "loss", "bytes", "checksum", "stored at" })
                table.AddColumn(heading);
            foreach (TaskSummary task in model.Tasks.OrderBy(task => task.Task))
            {
                table.AddRow(
                    Markup.Escape($"{task.Task} {task.Names?.Task}".TrimEnd()),
                    Markup.Escape(Classes(task, model.Spec)),
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
        DocumentedCommand command = new(
            "health",
            "read every mask of a model, and name those that cannot be read",
            "Shows on which silo each shard of masks is. The exit code is 1 when a mask cannot be read.",
            "supsup models health NAME",
            "supsup models health NAME --redis redis:6379 --json");
        return OnModel(common, command, async (model, result, cancellationToken) =>
        {
            ModelHealth health = await model.CheckHealthAsync(cancellationToken);
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
        Console.Out.WriteLine(health.IsWhole
            ? $"all {health.Tasks} masks of model {health.Model} can be read"
            : $"{health.Shards.Sum(shard => shard.Failures.Length)} of {health.Tasks} masks of model {health.Model} cannot be read");
    }

    private static DocumentedCommand Export(CommonOptions common)
    {
        Option<string> output = new("--out")
        {
            Description = "file to write, - for stdout; an existing one is replaced once the new one is complete",
            HelpName = "FILE.safetensors",
            Required = true
        };
        DocumentedCommand command = new(
            "export",
            "write the fixed weights and every mask as safetensors",
            "Tensors: layer{l}.weight (float32, [out, in]) and task{t}.layer{l}.mask (uint8 0 or 1, [out, in]); the model's definition is "
                + "in the metadata. docs/formats.md shows how to recompute an answer from it.",
            "supsup models export NAME --out model.safetensors") { output };
        output.Validators.Add(CheckWritable); // before a silo is started
        return OnModel(common, command, async (model, result, cancellationToken) =>
        {
            OutputFile file = OutputFile.Of(result.GetValue(output)!);
            int tasks = await ModelExporter.ExportAsync(model, file, ProgressDisplay.ForStandardError(), cancellationToken);
            if (file.IsStdout) return 0;
            long bytes = new FileInfo(file.Path).Length;
            Console.Out.WriteLine(result.GetValue(common.Json)
                ? JsonSerializer.Serialize(new { model = model.Name, tasks, bytes, @out = file.Path }, DemoFiles.Json)
                : $"{tasks} tasks of model {model.Name} written to {file.Path} ({bytes:N0} bytes)");
            return 0;
        });
    }

    private static void CheckWritable(System.CommandLine.Parsing.OptionResult result)
    {
        try
        {
            _ = OutputFile.Of(result.GetValueOrDefault<string>());
        }
        catch (IOException e)
        {
            result.AddError(e.Message);
        }
    }

    // Completes a command on one model, which it opens.
    private static DocumentedCommand OnModel(
        CommonOptions common, DocumentedCommand command, Func<SupSupModel, ParseResult, CancellationToken, Task<int>> run)
    {
        Argument<string> name = new("NAME") { Description = "the model" };
        command.Arguments.Add(name);
        foreach (Option option in (Option[])[common.Store, common.Redis, common.Gateway, common.ServiceId, common.ClusterId, common.Json])
            command.Options.Add(option);
        command.SetAction(async (result, cancellationToken) =>
        {
            await using ModelHost host = await ModelHost.OpenAsync(common.Cluster(result), common.Read(result), cancellationToken);
            return await run(await host.Client.OpenAsync(result.GetValue(name)!, cancellationToken), result, cancellationToken);
        });
        return command;
    }
}
