using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Output;
using SupSup.Core.Datasets;
using SupSup.Core.Devices;
using SupSup.Data;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Tuning;
using SupSup.Grains.Interfaces.Models;
using Presets = SupSup.Experiments.Configuration.Experiments;

namespace SupSup.Cli.Commands;

/// <summary>`supsup experiment tune NAME`.</summary>
internal static class ExperimentTuneCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        TuneSpace defaults = new();
        Argument<string> name = ExperimentCommand.Named("the experiment that recipes are tried on");
        Option<string?> rates = List("--learning-rates", "learning rates to try", defaults.LearningRates);
        Option<string?> shares = List(
            "--first-layer-shares", "first layer's rates to try, as shares of the other layers' rate", defaults.FirstLayerShares);
        Option<string?> initial = Validation.Choice("--initial-scores",
            "each task's own scores at the start, the same for all, or both in turn", "own|shared|both", "both", ["own", "shared", "both"]);
        Option<string?> stages = List(
            "--stages", "tasks of each stage; after each the better half continues", [.. defaults.Stages.Select(stage => (double)stage)]);
        Option<int?> batches = Validation.OptionalNumber("--batches", "batches per task", 1, 10_000_000);
        Option<string?> device = Validation.Device();
        Option<string?> output = new("--out") { Description = "the search's folder (default: below runs/)", HelpName = "DIR" };
        DocumentedCommand command = new(
            "tune",
            "search recipes: every combination on a few tasks, the better half on more, and so on",
            "An interrupted search continues from its last trial. The winner is written as an entry for recipes.json.",
            "supsup experiment tune lenet-2500",
            "supsup experiment tune lenet-2500 --batches 300 --learning-rates 2e-3,3e-3,4e-3 --stages 10,100")
        {
            name, rates, shares, initial, stages, batches, device, output, common.Data, common.Json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            DatasetStore store = new(common.Read(result).Data);
            ExperimentConfig preset = Presets.Get(result.GetValue(name)!);
            ExperimentConfig experiment = preset with
            {
                Batches = result.GetValue(batches) ?? preset.Batches,
                Dataset = SupSupException.Checked(() => ExperimentCommand.DataOf(store, preset, null)),
            };
            TuneSpace space = new()
            {
                LearningRates = Numbers(result.GetValue(rates)!),
                FirstLayerShares = Numbers(result.GetValue(shares)!),
                SharedInitialScores = result.GetValue(initial) switch { "own" => [false], "shared" => [true], _ => [true, false] },
                Stages = [.. Numbers(result.GetValue(stages)!).Select(stage => (int)stage)],
            };
            SupSupException.Checked(() => space.Trials(experiment));
            ProgressDisplay display = ProgressDisplay.ForStandardError();
            Dataset images = await store.OpenAsync(experiment.Dataset, display, cancellationToken);
            string folder = Path.GetFullPath(
                result.GetValue(output) ?? Path.Combine("runs", "experiments", $"tune-{experiment.Name}-{experiment.TrainedBy().Batches}"));
            ImmutableArray<TuneTrial> trials = await new TuneRun(experiment, space,
                new RunResources(ComputeDevice.Parse(result.GetValue(device)!)), display).RunAsync(images, folder, cancellationToken);
            if (result.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(trials, ConfigJson.Options));
            else Print(trials, folder);
            return 0;
        });
        return command;
    }

    private static void Print(ImmutableArray<TuneTrial> trials, string folder)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumns(
            "rate", "first layer", "initial scores", "tasks", "accuracy", "task given", "task found", "unknown recognised");
        foreach (TuneTrial trial in trials)
        {
            table.AddRow(
                Text("R", trial.LearningRate), Text("R", trial.FirstLayerLearningRate), trial.SharedInitialScores ? "shared" : "own",
                Text("D", trial.Tasks),
                Text("F4", trial.Accuracy), Text("F4", trial.GivenTaskAccuracy), Text("P2", trial.TaskInferenceAccuracy),
                double.IsNaN(trial.UnknownDetectionRate) ? "" : Text("P1", trial.UnknownDetectionRate));
        }

        AnsiConsole.Console.Write(table);
        AnsiConsole.Console.MarkupLineInterpolated($"written to {folder}");
    }

    private static string Text(string format, IFormattable value) => value.ToString(format, CultureInfo.InvariantCulture);

    private static Option<string?> List(string name, string description, ImmutableArray<double> values)
    {
        Option<string?> option = new(name)
        {
            Description = description,
            HelpName = "X,X,...",
            DefaultValueFactory = _ => string.Join(',', values.Select(value => Text("R", value)))
        };
        option.Check(text => _ = Numbers(text!));
        return option;
    }

    private static ImmutableArray<double> Numbers(string text) =>
        [.. text.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw new ArgumentException($"'{part}' in '{text}' is not a number"))];
}
