using Spectre.Console;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports;

namespace SupSup.Cli.Experiments;

/// <summary>Runs side by side, for people.</summary>
internal static class ComparisonTable
{
    public static void Print(ExperimentComparison comparison, ComparedBy by, string path, IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn(new TableColumn("run").NoWrap());
        table.AddColumns(by switch
        {
            ComparedBy.Bytes => ["accuracy", "kept", "bits", "sparse", "differ", "least"],
            ComparedBy.Outputs => ["outputs", "objective", "tasks", "accuracy", "given", "alone"],
            _ => ["scenario", "tasks", "accuracy", "forgot", "MB", "seconds"],
        });
        foreach (ExperimentResult run in comparison.Results)
        {
            string[] cells = by switch
            {
                ComparedBy.Bytes =>
                [
                    $"{run.Accuracy:F4}", $"{run.BytesPerTask:N0}", $"{run.Encoded?.Bits:N0}", $"{run.Encoded?.Sparse:N0}",
                    $"{run.Encoded?.Difference:N0}", $"{run.Encoded?.Shortest:N0}",
                ],
                ComparedBy.Outputs =>
                [
                    $"{run.Config.Outputs}", run.Config.Objective ?? "", $"{run.Tasks}", $"{run.Accuracy:F4}",
                    $"{run.GivenTaskAccuracy:F4}", double.IsNaN(run.TaskInferenceAccuracy) ? "" : $"{run.TaskInferenceAccuracy:P2}",
                ],
                _ =>
                [
                    $"{run.Scenario}", $"{run.Tasks}", $"{run.Accuracy:F4}", $"{run.Forgetting:F4}", $"{run.Bytes / 1e6:F1}",
                    $"{run.TotalSeconds:F0}",
                ],
            };
            table.AddRow([Markup.Escape(comparison.Label(run)), .. cells]);
        }

        console.Write(table);
        if (by == ComparedBy.Bytes)
            console.WriteLine("bytes a task: as the run keeps it, in each encoding, and in the one that takes least");
        console.MarkupLineInterpolated($"written to {path}.png, .svg and .csv");
    }
}
