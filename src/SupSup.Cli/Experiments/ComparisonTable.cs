using Spectre.Console;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports;

namespace SupSup.Cli.Experiments;

/// <summary>Runs side by side, for people.</summary>
internal static class ComparisonTable
{
    public static void Print(ExperimentComparison comparison, bool byBytes, string path, IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn(new TableColumn("run").NoWrap());
        table.AddColumns(byBytes
            ? ["accuracy", "kept", "bits", "sparse", "differ", "least"]
            : ["scenario", "tasks", "accuracy", "forgot", "MB", "seconds"]);
        foreach (ExperimentResult run in comparison.Results)
        {
            table.AddRow([Markup.Escape(comparison.Label(run)), .. byBytes
                ? [
                    $"{run.Accuracy:F4}", $"{run.BytesPerTask:N0}", $"{run.Encoded?.Bits:N0}", $"{run.Encoded?.Sparse:N0}",
                    $"{run.Encoded?.Difference:N0}", $"{run.Encoded?.Shortest:N0}",
                ]
                : (string[])[
                    $"{run.Scenario}", $"{run.Tasks}", $"{run.Accuracy:F4}", $"{run.Forgetting:F4}", $"{run.Bytes / 1e6:F1}",
                    $"{run.TotalSeconds:F0}",
                ]]);
        }

        console.Write(table);
        if (byBytes) console.WriteLine("bytes a task: as the run keeps it, in each encoding, and in the one that takes least");
        console.MarkupLineInterpolated($"written to {path}.png, .svg and .csv");
    }
}
