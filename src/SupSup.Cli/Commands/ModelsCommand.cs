using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Demo;
using SupSup.Cli.Hosting;
using SupSup.Cli.Output;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Commands;

/// <summary>`supsup models`.</summary>
internal static class ModelsCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common) => new("models", "show and export models")
    {
        Show(common), Export(common),
    };

    private static Command Show(CommonOptions common)
    {
        Argument<string> name = new("NAME") { Description = "the model" };
        Command command = new("show", "show a model's definition and its learned tasks") { name, common.Store, common.Json };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using EmbeddedSilo silo = await EmbeddedSilo.OpenAsync(common.Read(result), cancellationToken);
            ModelDescription model = await (await silo.Client.OpenAsync(result.GetValue(name)!, cancellationToken)).DescribeAsync(cancellationToken);
            if (result.GetValue(common.Json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(model, DemoFiles.Json));
                return 0;
            }

            Console.Out.WriteLine($"model {model.Name}: {model.Spec}");
            Table table = new() { Border = TableBorder.Simple };
            foreach (string heading in new[] { "task", "trained on", "loss", "bytes", "checksum", "stored at" }) table.AddColumn(heading);
            foreach (TaskSummary task in model.Tasks.OrderBy(task => task.Task))
                table.AddRow($"{task.Task}", Markup.Escape($"{task.Order}"), $"{task.Loss:F4}", $"{task.Bytes:N0}", task.Checksum[..12], $"{task.TrainedAt:yyyy-MM-dd HH:mm}");

            // A pipe has no width to keep to.
            if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 240;
            AnsiConsole.Write(table);
            return 0;
        });
        return command;
    }

    private static DocumentedCommand Export(CommonOptions common)
    {
        Argument<string> name = new("NAME") { Description = "the model" };
        Option<string> output = new("--out") { Description = "the file to write; an existing one is replaced once the new one is whole", HelpName = "FILE.safetensors", Required = true };
        DocumentedCommand command = new(
            "export",
            "write the fixed weights and every mask as safetensors",
            "Tensors: layer{l}.weight (float32, [out, in]) and task{t}.layer{l}.mask (uint8 0 or 1, [out, in]); the model's definition is in the metadata. docs/formats.md shows how to recompute an answer from it.",
            "supsup models export NAME --out model.safetensors")
        {
            name, output, common.Store, common.Json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            string file = Path.GetFullPath(result.GetValue(output)!);
            await using EmbeddedSilo silo = await EmbeddedSilo.OpenAsync(common.Read(result), cancellationToken);
            SupSupModel model = await silo.Client.OpenAsync(result.GetValue(name)!, cancellationToken);
            int tasks = await ModelExporter.ExportAsync(model, file, ProgressDisplay.ForStandardError(), cancellationToken);
            long bytes = new FileInfo(file).Length;
            Console.Out.WriteLine(result.GetValue(common.Json)
                ? JsonSerializer.Serialize(new { model = model.Name, tasks, bytes, @out = file }, DemoFiles.Json)
                : $"{tasks} tasks of model {model.Name} written to {file} ({bytes:N0} bytes)");
            return 0;
        });
        return command;
    }
}
