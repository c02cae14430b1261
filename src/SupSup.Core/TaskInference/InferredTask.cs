namespace SupSup.Core.TaskInference;

/// <summary>The task of one query.</summary>
/// <param name="Task">Its index.</param>
/// <param name="Lead">By how many standard deviations of the masks behind it the best gradient led the next;
/// NaN for algorithms without a gradient.</param>
/// <param name="Probability">That the task is right, 1 where the gradient was certain; null by One-shot and for algorithms without
/// evidence.</param>
/// <param name="Evidence">Of the task's mask, with its allowance, in nats: the less, the likelier the input is of no task; null for
/// algorithms that have none.</param>
public readonly record struct InferredTask(int Task, double Lead, double? Probability = null, double? Evidence = null);
