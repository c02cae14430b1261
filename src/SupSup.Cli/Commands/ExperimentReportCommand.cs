using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Experiments;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports;

namespace SupSup.Cli.Commands;

/// <summary>`supsup experiment report`.</summary>
internal static class ExperimentReportCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        Argument<string> folder = new("DIR") { Description = "folder of a finished run" };
        DocumentedCommand command = new(
            "report",
            "write the tables and figures of a finished run again",
            "Nothing is learned or evaluated again: everything is drawn from results.json.",
            "supsup experiment report runs/experiments/permuted-1a2b3c4d")
        {
            folder, common.Json,
        };
        command.SetAction(result =>
        {
            ExperimentResult found = RunReports.Rewrite(result.GetValue(folder)!);
            if (result.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(found, ConfigJson.Options));
            else ExperimentTable.Print(found, AnsiConsole.Console);
            return 0;
        });
        return command;
    }
}
