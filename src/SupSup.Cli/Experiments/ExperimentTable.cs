using System.Globalization;
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
                Text("F4", checkpoint.Accuracy),
                Text("F4", checkpoint.GivenTaskAccuracy),
                double.IsNaN(checkpoint.TaskInferenceAccuracy) ? "given" : Text("P2", checkpoint.TaskInferenceAccuracy),
                checkpoint.Masks?.ToString(CultureInfo.InvariantCulture) ?? "",
                Text("F2", checkpoint.Bytes / 1e6));
        }

        console.Write(table);
        Line("average accuracy", Text("F4", result.Accuracy));
        if (!double.IsNaN(result.TaskInferenceAccuracy)) Line("task found, each image alone", Text("P2", result.TaskInferenceAccuracy));
        Line("forgetting", Text("F4", result.Forgetting));
        Line("backward transfer", Text("F4", result.BackwardTransfer));
        if (!double.IsNaN(result.ForwardTransfer)) Line("forward transfer", Text("F4", result.ForwardTransfer));
        Line("bytes per task", Text("N0", result.BytesPerTask));
        Line("learning", $"{Text("F1", result.TrainSeconds)} s");
        Line("everything", $"{Text("F1", result.TotalSeconds)} s");
        if (result.Stream is { } stream)
            Line("masks", $"{stream.Masks} ({Text("F3", stream.MasksPerTask)} a task; {stream.Allocated} allocated, {stream.Merged} "
                + $"merged, {stream.Reused} segments reused one, {stream.Refused} allocations refused by the "
                + $"cap{(stream.Cap is { } cap ? $" of {cap}" : "")})");
        if (result.Unknown is { } unknown)
            Line("unknown tasks", $"{Text("P2", unknown.DetectionRate)} of their images detected at {Text("P2", unknown.FalseAlarmRate)} "
                + $"false alarms (lead up to {Text("F2", unknown.Threshold)})");
        Line("written to", result.Out);

        void Line(string name, string value) => console.MarkupLineInterpolated($"{name,-30} {value}");
    }

    private static string Text(string format, double value) => value.ToString(format, CultureInfo.InvariantCulture);
}
