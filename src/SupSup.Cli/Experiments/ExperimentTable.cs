using Spectre.Console;
using SupSup.Experiments.Evaluation;

namespace SupSup.Cli.Experiments;

/// <summary>What an experiment found, for people.</summary>
internal static class ExperimentTable
{
    public static void Print(ExperimentResult result, IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumns(
            "tasks learned", "accuracy", "task given", "task found", "masks", "MB");
        foreach (CheckpointResult checkpoint in result.Checkpoints)
        {
            table.AddRow(
                $"{checkpoint.TasksLearned}",
                $"{checkpoint.Accuracy:F4}",
                $"{checkpoint.GivenTaskAccuracy:F4}",
                double.IsNaN(checkpoint.TaskInferenceAccuracy) ? "given" : $"{checkpoint.TaskInferenceAccuracy:P2}",
                $"{checkpoint.Masks}",
                $"{checkpoint.Bytes / 1e6:F2}");
        }

        console.Write(table);
        Line("average accuracy", $"{result.Accuracy:F4}");
        if (!double.IsNaN(result.TaskInferenceAccuracy)) Line("task found, each image alone", $"{result.TaskInferenceAccuracy:P2}");
        if (!double.IsNaN(result.ImageAccuracy)) Line("task and class right, alone", $"{result.ImageAccuracy:F4}");
        if (result.Checkpoints[^1] is { Recoveries: { } recoveries } last)
            Line("masks recovered in full", $"{last.Recovered} of {recoveries.Length}, after {last.StepsUntilRecovered:F1} steps (mean)");
        Line("forgetting", $"{result.Forgetting:F4}");
        Line("backward transfer", $"{result.BackwardTransfer:F4}");
        if (!double.IsNaN(result.ForwardTransfer)) Line("forward transfer", $"{result.ForwardTransfer:F4}");
        Line("bytes per task", $"{result.BytesPerTask:N0}");
        Line("learning", $"{result.TrainSeconds:F1} s");
        Line("everything", $"{result.TotalSeconds:F1} s");
        if (result.Stream is { } stream)
            Line("masks", $"{stream.Masks} ({stream.MasksPerTask:F3} a task; {stream.Allocated} allocated, {stream.Merged} "
                + $"merged, {stream.Reused} segments reused one, {stream.Refused} allocations refused by the "
                + $"cap{(stream.Cap is { } cap ? $" of {cap}" : "")})");
        if (result.Unknown is { } unknown)
            Line("unknown tasks", $"{unknown.DetectionRate:P2} of their images detected at {unknown.FalseAlarmRate:P2} "
                + $"false alarms (lead up to {unknown.Threshold:F2})");
        Line("written to", result.Out);

        void Line(string name, string value) => console.MarkupLineInterpolated($"{name,-30} {value}");
    }
}
