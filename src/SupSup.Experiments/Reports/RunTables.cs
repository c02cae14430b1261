using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports;

/// <summary>A run's numbers as tables: results.csv by task, curve.csv by checkpoint, matrix.csv as R.</summary>
internal static class RunTables
{
    private static readonly string[] TaskColumns = ["checkpoint", "task", "accuracy", "givenTaskAccuracy", "taskInferenceAccuracy"];

    private static readonly string[] CurveColumns =
        ["tasksLearned", "accuracy", "givenTaskAccuracy", "taskInferenceAccuracy", "forgetting", "masks", "bytes", "trainSeconds",
            "inferSeconds", "inferQueries"];

    /// <summary>Writes all three.</summary>
    public static void Write(RunFolder folder, ExperimentResult result)
    {
        Csv.Write(folder.File("results.csv"), TaskColumns, result.Checkpoints.SelectMany(TaskRows));
        Csv.Write(
            folder.File("curve.csv"), CurveColumns, result.Checkpoints.Select((checkpoint, n) => CurveRow(checkpoint, result.Until(n))));
        WriteMatrix(folder.File("matrix.csv"), result);
    }

    private static IEnumerable<object?[]> TaskRows(CheckpointResult checkpoint) =>
        checkpoint.Tasks.Select(task =>
            new object?[] { checkpoint.TasksLearned, task.Task, task.Accuracy, task.GivenTaskAccuracy, task.TaskInferenceAccuracy });

    private static object?[] CurveRow(CheckpointResult at, IReadOnlyList<CheckpointResult> until) =>
    [
        at.TasksLearned, at.Accuracy, at.GivenTaskAccuracy, at.TaskInferenceAccuracy,
        ContinualMetrics.Forgetting(ContinualMetrics.AccuracyMatrix(until)),
        at.Masks, at.Bytes, at.TrainSeconds, at.InferSeconds, at.InferQueries,
    ];

    private static void WriteMatrix(string path, ExperimentResult result)
    {
        string[] columns = ["checkpoint", .. result.Checkpoints[^1].Tasks.Select(task => $"task_{task.Task}")];
        Csv.Write(path, columns, result.Checkpoints.Select(
            checkpoint => (object?[])[checkpoint.TasksLearned, .. checkpoint.Tasks.Select(task => (object?)task.Accuracy)]));
    }
}
