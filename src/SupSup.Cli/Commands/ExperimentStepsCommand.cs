using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Output;
using SupSup.Core.Inference;
using SupSup.Core.Naming;
using SupSup.Data;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Suites;

namespace SupSup.Cli.Commands;

/// <summary>`supsup experiment steps`.</summary>
internal static class ExperimentStepsCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        Argument<string> folder = new("DIR") { Description = "folder of a finished run with masks" };
        Option<string?> steps = new("--steps")
        {
            Description = "numbers of gradient steps",
            HelpName = "N,N,...",
            DefaultValueFactory = _ => "1,2,4,8,16",
        };
        steps.Check(text => _ = Numbers(text!));
        Option<int> images = Validation.Number("--images", "test images, as many of each task", 1, 10_000_000, 1000);
        Option<string?> objective = Validation.Choice("--objective", "H or G (default: the run's)", "H|G", null, Objectives.All.Names());
        Option<string?> layers = Validation.Choice(
            "--layers", "layers whose gradient counts (default: as the run has it)", "first|all", null, ["first", "all"]);
        Option<string?> output = new("--out")
        {
            Description = "the figure",
            HelpName = "FILE.png",
            DefaultValueFactory = _ => "steps.png",
        };
        output.Check(value =>
        {
            if (Path.GetExtension(value) != ".png") throw new ArgumentException($"--out '{value}' must end in .png");
        });
        DocumentedCommand command = new(
            "steps",
            "measure inference by more gradient steps on the coefficients, on the masks of a finished run",
            """
            Says of inference optimized, by its number of steps, and of the other algorithms the share of tasks found, the accuracy, and the
            processor time of a query. A query has as many images as the run's. Writes a figure as PNG and SVG, and a CSV.
            """,
            "supsup experiment steps runs/experiments/lenet-250-paper-1a2b3c4d",
            "supsup experiment steps runs/mine --steps 1,3,10 --objective H --images 40000")
        {
            folder, steps, images, objective, layers, output, common.Data, common.Json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            DatasetStore store = new(common.Read(result).Data);
            ProgressDisplay display = ProgressDisplay.ForStandardError();
            StepsOptions options = new(
                [.. Numbers(result.GetValue(steps)!)], result.GetValue(images), result.GetValue(objective),
                result.GetValue(layers) switch { null => null, "first" => LayerSelection.First, _ => LayerSelection.All });
            StepsResult found = await new StepsRun(display).RunAsync(
                result.GetValue(folder)!, name => store.OpenAsync(name, display, cancellationToken), options, cancellationToken);
            string path = Path.GetFullPath(Path.ChangeExtension(result.GetValue(output)!, null));
            found.Write(path);
            if (result.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(found, ConfigJson.Options));
            else Print(found, path, AnsiConsole.Console);
            return 0;
        });
        return command;
    }

    private static void Print(StepsResult result, string path, IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(
            $"{result.Name}, {result.Tasks} tasks, {result.Objective}, layers {result.Layers}: {result.Queries} queries of "
                + $"{result.ImagesPerQuery}; accuracy with the task given {result.GivenTaskAccuracy:F4}"));
        table.AddColumns("inference", "steps", "task found", "accuracy", "ms a query");
        foreach (StepsFigure figure in result.Figures)
            table.AddRow(
                figure.Inference, $"{figure.Steps}", $"{figure.TaskFound:P2}", $"{figure.Accuracy:F4}", $"{figure.Milliseconds:G3}");
        console.Write(table);
        console.MarkupLineInterpolated($"{result.Machine}; written to {path}.png");
    }

    private static int[] Numbers(string text) =>
        [.. text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw new ArgumentException($"'{part}' in '{text}' is no number of steps: it must be a whole number from 1 on"))];
}
