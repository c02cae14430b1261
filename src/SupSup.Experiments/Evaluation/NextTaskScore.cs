namespace SupSup.Experiments.Evaluation;

/// <summary>How what was learned does on the task that comes next, which forward transfer is made of.</summary>
/// <param name="Task">The task, not learned yet.</param>
/// <param name="Accuracy">Share of its test images whose class is right under the mask that is inferred for it.</param>
/// <param name="Untrained">The same under a mask of initial scores: the baseline.</param>
public sealed record NextTaskScore(int Task, double Accuracy, double Untrained);
