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
using SupSup.Experiments.Reports;
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
        Option<int> seeds = Validation.Number(
            "--seeds", "how many seeds each run has, its own and those that follow: rows are then mean ± sample deviation", 1, 100, 1);
        Option<string?> device = Validation.Device();
        DocumentedCommand command = new(
            "paper",
            "run all experiments of the tables in README and docs/reproducing.md, and write the tables",
            """
            One run after another, the shorter first, each in a folder of its own: what was cut off goes on, what is finished is not run
            again. To measure one with another build, delete its results.json and checkpoints: its masks are kept, and its times count both
            sittings. Of rivals and of lenet-2500-nns delete the whole folder, since their checkpoints need their past. A run with another
            seed has a folder NAME-seed-N, and the summary of the first folder tells each seed. Everything takes hours on two cores, most
            of them the runs of 2500 tasks.
            """,
            "supsup experiment paper",
            "supsup experiment paper --only split rotated-10 lenet-250 --docs .",
            "supsup experiment paper --only split --seeds 5 --docs .")
        {
            only, seeds, output, documents, device, common.Data, common.Json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            DatasetStore store = new(common.Read(result).Data);
            ProgressDisplay display = ProgressDisplay.ForStandardError();
            string? root = result.GetValue(documents);
            if (root is not null && !File.Exists(Path.Combine(root, "docs", "reproducing.md")))
                throw new IOException($"--docs {root} is not the project's folder: it has no docs/reproducing.md");
            PaperRun[] runs = [.. PaperRun.All.Where(run => result.GetValue(only) is not { Length: > 0 } some || some.Contains(run.Name))];
            List<(PaperRun Run, ExperimentResult Result)> found = [];
            foreach (PaperRun run in runs)
            {
                Dataset images = await store.OpenAsync(store.Canonical(run.Config.Dataset), display, cancellationToken);
                List<ExperimentResult> ofSeeds = [];
                foreach (PaperRun seeded in Enumerable.Range(0, result.GetValue(seeds)).Select(run.WithSeed))
                {
                    string masks = Path.Combine(result.GetValue(output)!, seeded.Masks ?? "");
                    bool hasMasks = seeded.Masks is not null && File.Exists(Path.Combine(masks, "config.json"));
                    RunResources resources = new(ComputeDevice.Parse(result.GetValue(device)!), Masks: hasMasks ? masks : null);
                    ofSeeds.Add(await ExperimentCommand.RunAsync(
                        seeded.Config with { Dataset = store.Canonical(run.Config.Dataset) }, images, resources,
                        Path.Combine(result.GetValue(output)!, seeded.Name), display, cancellationToken));
                    found.Add((seeded, ofSeeds[^1]));
                }

                RunReports.SumUp(ofSeeds);
                if (root is null) continue;
                IReadOnlyList<string> changed = PaperTables.Write(root, run, ofSeeds);
                string wrote = changed.Count == 0 ? "the documents have its figures already" : $"wrote {string.Join(", ", changed)}";
                display.Line($"{run.Name}: {wrote}");
            }

            if (result.GetValue(common.Json))
                Console.Out.WriteLine(JsonSerializer.Serialize(found.Select(run => run.Result), ConfigJson.Options));
            else PaperTable.Print(found, AnsiConsole.Console);
            return 0;
        });
        return command;
    }
}
