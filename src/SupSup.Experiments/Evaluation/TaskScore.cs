namespace SupSup.Experiments.Evaluation;

/// <summary>What is measured of one task at one checkpoint, over its test images; shares from 0 to 1.</summary>
/// <param name="Task">Task index.</param>
/// <param name="Accuracy">By the scenario's rule (the paper's: one inference per batch of 128).</param>
/// <param name="GivenTaskAccuracy">With the task given.</param>
/// <param name="TaskInferenceAccuracy">Share of inferences that found the task; NaN where the task is given.</param>
public sealed record TaskScore(int Task, double Accuracy, double GivenTaskAccuracy, double TaskInferenceAccuracy);
