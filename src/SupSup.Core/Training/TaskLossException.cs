namespace SupSup.Core.Training;

/// <summary>The loss of one of the tasks that were trained together is not finite. Those beside it are not to blame.</summary>
/// <param name="job">The task.</param>
/// <param name="batch">The batch, from 0.</param>
public sealed class TaskLossException(TrainingJob job, int batch) : ArgumentException(
    $"the loss of task {job?.Index} is not finite at batch {batch}, so that its group was stopped; send normalised inputs")
{
    /// <summary>The task, as it was given.</summary>
    public TrainingJob Job { get; } = job;
}
