using Spectre.Console;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports;

namespace SupSup.Cli.Experiments;

/// <summary>Runs side by side, for people.</summary>
internal static class ComparisonTable
{
    public static void Print(ExperimentComparison comparison, string path, IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn(new TableColumn("run").NoWrap()).AddColumns(
            "scenario", "tasks", "accuracy", "forgot", "MB", "seconds");
        foreach (ExperimentResult run in comparison.Results)
        {
            table.AddRow(
                Markup.Escape(comparison.Label(run)),
                $"{run.Scenario}",
                $"{run.Tasks}",
                $"{run.Accuracy:F4}",
                $"{run.Forgetting:F4}",
                $"{run.Bytes / 1e6:F1}",
                $"{run.TotalSeconds:F0}");
        }

        console.Write(table);
        console.MarkupLineInterpolated($"written to {path}.png, .svg and .csv");
    }
}
