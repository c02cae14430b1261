using System.Globalization;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports.Events;

/// <summary>A run's curves for TensorBoard; the step is the number of tasks learned.</summary>
internal static class RunEvents
{
    /// <summary>The file; of a fixed name, so that TensorBoard never sees a run twice.</summary>
    public const string Name = "events.out.tfevents.supsup";

    // More would be a curve per task that nobody finds.
    private const int MostTasks = 50;

    /// <summary>Writes the file.</summary>
    public static void Write(RunFolder folder, ExperimentResult result)
    {
        double began = new DateTimeOffset(File.GetLastWriteTimeUtc(folder.File("config.json"))).ToUnixTimeMilliseconds() / 1000.0;
        EventFile.Write(folder.File(Name), began,
            result.Checkpoints.Select((at, n) => (at.TrainSeconds, (long)at.TasksLearned, Scalars(result, at, result.Until(n)))));
    }

    // TensorBoard draws no NaN.
    private static IEnumerable<(string Tag, double Value)> Scalars(
        ExperimentResult result, CheckpointResult at, IReadOnlyList<CheckpointResult> until) =>
            All(result, at, until).Where(scalar => double.IsFinite(scalar.Value));

    private static IEnumerable<(string Tag, double Value)> All(
        ExperimentResult result, CheckpointResult at, IReadOnlyList<CheckpointResult> until)
    {
        var matrix = ContinualMetrics.AccuracyMatrix(until);
        yield return ("accuracy/average", at.Accuracy);
        yield return ("accuracy/task_given", at.GivenTaskAccuracy);
        yield return ("task_inference/batch", at.TaskInferenceAccuracy);
        if (at == result.Checkpoints[^1]) yield return ("task_inference/single_image", result.TaskInferenceAccuracy);
        if (at == result.Checkpoints[^1]) yield return ("accuracy/single_image", result.ImageAccuracy);
        yield return ("forgetting", ContinualMetrics.Forgetting(matrix));
        yield return ("backward_transfer", ContinualMetrics.BackwardTransfer(matrix));
        yield return ("masks", at.Masks ?? double.NaN);
        yield return ("bytes", at.Bytes);
        if (result.Tasks > MostTasks) yield break;
        foreach (TaskScore task in at.Tasks)
            yield return ($"accuracy/task_{task.Task.ToString("D4", CultureInfo.InvariantCulture)}", task.Accuracy);
    }
}
