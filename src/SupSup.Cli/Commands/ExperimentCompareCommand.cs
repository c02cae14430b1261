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
            "--by", "what accuracy is drawn against: tasks learned, or bytes kept for a task", "tasks|bytes", "tasks", ["tasks", "bytes"]);
        DocumentedCommand command = new(
            "compare",
            "compare finished runs in one figure and one table, with the paper's levels",
            "Writes the figure as PNG and SVG, and a CSV with a row for each run.",
            "supsup experiment compare runs/experiments/lenet-250-* --out lenet-250.png",
            "supsup experiment compare runs/experiments/splitcifar-* --by bytes --out splitcifar.png",
            "supsup experiment compare runs/mine runs/theirs --json")
        {
            folders, against, output, common.Json,
        };
        command.SetAction(result =>
        {
            ExperimentComparison comparison = ExperimentComparison.Read(result.GetValue(folders)!);
            string path = Path.GetFullPath(Path.ChangeExtension(result.GetValue(output)!, null));
            bool byBytes = result.GetValue(against) == "bytes";
            comparison.Write(path, byBytes);
            if (result.GetValue(common.Json))
                Console.Out.WriteLine(
                    JsonSerializer.Serialize(new { Figure = $"{path}.png", Runs = comparison.Results }, ConfigJson.Options));
            else ComparisonTable.Print(comparison, byBytes, path, AnsiConsole.Console);
            return 0;
        });
        return command;
    }
}
