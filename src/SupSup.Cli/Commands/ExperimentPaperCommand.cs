using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Experiments;
using SupSup.Cli.Output;
using SupSup.Core.Datasets;
using SupSup.Core.Devices;
using SupSup.Core.Naming;
using SupSup.Data;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports.Documents;

namespace SupSup.Cli.Commands;

/// <summary>`supsup experiment paper`.</summary>
internal static class ExperimentPaperCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        string[] names = PaperRun.All.Names();
        Option<string[]> only = Validation.Only("runs", "RUN", names);
        Option<string> output = new("--out")
        {
            Description = "folder of the runs' folders",
            HelpName = "DIR",
            DefaultValueFactory = _ => Path.Combine("runs", "paper"),
        };
        Option<string?> documents = new("--docs")
        {
            Description = "the project's folder, whose README.md and docs/ get each run's figures when it ends (default: none)",
            HelpName = "DIR",
        };
        Option<string?> device = Validation.Device();
        DocumentedCommand command = new(
            "paper",
            "run all experiments of the tables in README and docs/reproducing.md, and write the tables",
            """
            One run after another, the shorter first, each in a folder of its own: what was cut off goes on, what is finished is not run
            again. To measure one with another build, delete its results.json and checkpoints: its masks are kept, and its times count both
            sittings. Of rivals and of lenet-2500-nns delete the whole folder, since their checkpoints need their past. Everything takes
            hours on two cores, most of them the runs of 2500 tasks.
            """,
            "supsup experiment paper",
            "supsup experiment paper --only split rotated-10 lenet-250 --docs .")
        {
            only, output, documents, device, common.Data, common.Json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            DatasetStore store = new(common.Read(result).Data);
            ProgressDisplay display = ProgressDisplay.ForStandardError();
            string? root = result.GetValue(documents);
            if (root is not null && !File.Exists(Path.Combine(root, "docs", "reproducing.md")))
                throw new IOException($"--docs {root} is not the project's folder: it has no docs/reproducing.md");
            PaperRun[] runs = [.. PaperRun.All.Where(run => result.GetValue(only) is not { Length: > 0 } some || some.Contains(run.Name))];
            List<ExperimentResult> found = [];
            foreach (PaperRun run in runs)
            {
                ExperimentConfig config = run.Config with { Dataset = store.Canonical(run.Config.Dataset) };
                Dataset images = await store.OpenAsync(config.Dataset, display, cancellationToken);
                string masks = Path.Combine(result.GetValue(output)!, run.Masks ?? "");
                bool hasMasks = run.Masks is not null && File.Exists(Path.Combine(masks, "config.json"));
                RunResources resources = new(ComputeDevice.Parse(result.GetValue(device)!), Masks: hasMasks ? masks : null);
                found.Add(await ExperimentCommand.RunAsync(
                    config, images, resources, Path.Combine(result.GetValue(output)!, run.Name), display, cancellationToken));
                if (root is null) continue;
                IReadOnlyList<string> changed = PaperTables.Write(root, run, found[^1]);
                string wrote = changed.Count == 0 ? "the documents have its figures already" : $"wrote {string.Join(", ", changed)}";
                display.Line($"{run.Name}: {wrote}");
            }

            if (result.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(found, ConfigJson.Options));
            else PaperTable.Print(runs, found, AnsiConsole.Console);
            return 0;
        });
        return command;
    }
}
