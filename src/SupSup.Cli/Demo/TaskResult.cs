namespace SupSup.Cli.Demo;

/// <summary>How one task fares.</summary>
/// <param name="Task">Task index.</param>
/// <param name="GivenTaskAccuracy">Share of images whose class is right under the task's own mask.</param>
/// <param name="TaskInferenceAccuracy">Share of images whose task is inferred right, each image alone.</param>
/// <param name="Accuracy">By the paper's rule (GNu).</param>
/// <param name="ImageAccuracy">Share of images whose task and class are both right, each image alone.</param>
/// <param name="Images">Test images.</param>
/// <param name="Bytes">Bytes of the packed mask.</param>
/// <param name="TrainSeconds">Seconds of training when the task was learned.</param>
internal sealed record TaskResult(
    int Task, double GivenTaskAccuracy, double TaskInferenceAccuracy, double Accuracy, double ImageAccuracy, int Images, int Bytes,
    double TrainSeconds);
