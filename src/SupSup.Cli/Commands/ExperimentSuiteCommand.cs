using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Experiments;
using SupSup.Cli.Output;
using SupSup.Core.Naming;
using SupSup.Core.Training;
using SupSup.Data;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Suites;

namespace SupSup.Cli.Commands;

/// <summary>`supsup experiment inference-suite`.</summary>
internal static class ExperimentSuiteCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        string[] names = SuiteRow.All.Names();
        Option<string[]> only = Validation.Only("rows to measure", "ROW", names);
        Option<int> images = Validation.Number("--images", "test images of a row, as many of each task", 1, 1_000_000, 1000);
        Option<string?> recipe = Validation.Choice(
            "--recipe", "how masks are trained, but for the notebook's (default: own-data for Omniglot and CLINC150, else fast)", "NAME",
            null, Recipes.All.Names());
        Option<string?> omniglot = new("--omniglot") { Description = "folder of Omniglot's four IDX files", HelpName = "PATH" };
        Option<string?> clinc = new("--clinc")
        {
            Description = "features of CLINC150's sentences (tools/sentence-features.cs makes them)",
            HelpName = "PATH",
        };
        Option<string> output = new("--out")
        {
            Description = "folder of the masks",
            HelpName = "DIR",
            DefaultValueFactory = _ => Path.Combine("runs", "inference-suite"),
        };
        DocumentedCommand command = new(
            "inference-suite",
            "measure every rule of task inference on small models of every kind of task",
            """
            Says of each rule the share of tasks found, the accuracy and the time of a query on one core, for single images and for batches
            of 128 that share a task (Omniglot: of the 25 test images of a task). Masks are kept: a run that was cut off goes on, and the
            next measures at once. By default 1000 test images of a row are asked, as many of each task and at least one batch of each: a
            small cost, by which figures are good to about one hundredth. Training the first time takes most of the time. Rows without
            data are named and left out.
            """,
            "supsup experiment inference-suite",
            "supsup experiment inference-suite --only rotated-mnist-36 --recipe best --images 10000",
            "supsup experiment inference-suite --omniglot data/omniglot-28 --clinc data/clinc --json")
        {
            only, images, recipe, omniglot, clinc, output, common.Data, common.Json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            DatasetStore store = new(common.Read(result).Data);
            ProgressDisplay display = ProgressDisplay.ForStandardError();
            SuiteRow[] rows = [.. SuiteRow.All.Where(row => result.GetValue(only) is not { Length: > 0 } some || some.Contains(row.Name))
                .Select(row => row.TrainedBy(result.GetValue(recipe)))];
            SuiteData data = new(
                (name, stop) => store.OpenAsync(name, display, stop), result.GetValue(omniglot), result.GetValue(clinc));
            SuiteResult found = await new SuiteRun(data, display)
                .RunAsync(rows, result.GetValue(images), result.GetValue(output)!, cancellationToken);
            if (result.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(found, ConfigJson.Options));
            else SuiteTable.Print(found, AnsiConsole.Console);
            return 0;
        });
        return command;
    }
}
