using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Experiments;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Reports;

namespace SupSup.Cli.Commands;

/// <summary>`supsup experiment compare`.</summary>
internal static class ExperimentCompareCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        Argument<string[]> folders = new("DIR") { Description = "folders of finished runs", Arity = ArgumentArity.OneOrMore };
        Option<string?> output =
            new("--out") { Description = "the figure", HelpName = "FILE.png", DefaultValueFactory = _ => "comparison.png" };
        output.Check(value =>
        {
            if (Path.GetExtension(value) != ".png") throw new ArgumentException($"--out '{value}' must end in .png");
        });
        Option<string?> against = Validation.Choice(
            "--by", "what accuracy is drawn against: tasks learned, bytes kept for a task, or the output size", "tasks|bytes|outputs",
            "tasks", ["tasks", "bytes", "outputs"]);
        DocumentedCommand command = new(
            "compare",
            "compare finished runs in one figure and one table, with the paper's levels",
            "Writes the figure as PNG and SVG, and a CSV with a row for each run.",
            "supsup experiment compare runs/experiments/lenet-250-* --out lenet-250.png",
            "supsup experiment compare runs/experiments/splitcifar-* --by bytes --out splitcifar.png",
            "supsup experiment compare runs/paper/outputs-* --by outputs --out outputs.png",
            "supsup experiment compare runs/mine runs/theirs --json")
        {
            folders, against, output, common.Json,
        };
        command.SetAction(result =>
        {
            ExperimentComparison comparison = ExperimentComparison.Read(result.GetValue(folders)!);
            string path = Path.GetFullPath(Path.ChangeExtension(result.GetValue(output)!, null));
            ComparedBy by = Enum.Parse<ComparedBy>(result.GetValue(against)!, ignoreCase: true);
            comparison.Write(path, by);
            if (result.GetValue(common.Json))
                Console.Out.WriteLine(
                    JsonSerializer.Serialize(new { Figure = $"{path}.png", Runs = comparison.Results }, ConfigJson.Options));
            else ComparisonTable.Print(comparison, by, path, AnsiConsole.Console);
            return 0;
        });
        return command;
    }
}
