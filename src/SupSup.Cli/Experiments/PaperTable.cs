using Spectre.Console;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports.Documents;

namespace SupSup.Cli.Experiments;

/// <summary>What the runs of the paper's tables found, for people.</summary>
internal static class PaperTable
{
    public static void Print(IEnumerable<(PaperRun Run, ExperimentResult Result)> runs, IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        table.AddColumns("run", "tasks", "accuracy", "task given", "single images: task found", "minutes", "commit");
        foreach ((PaperRun run, ExperimentResult result) in runs)
            table.AddRow(
                run.Name, $"{result.Tasks}", $"{result.Accuracy:F4}", $"{result.GivenTaskAccuracy:F4}",
                double.IsNaN(result.TaskInferenceAccuracy) ? "" : $"{result.TaskInferenceAccuracy:P2}", $"{result.TotalSeconds / 60:F1}",
                result.Commit is { Length: >= 7 } commit ? commit[..7] : "");
        console.Write(table);
    }
}
