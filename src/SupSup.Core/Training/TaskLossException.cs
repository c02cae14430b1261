namespace SupSup.Core.Training;

/// <summary>The loss of one of the tasks that were trained together is not finite. Those beside it are not to blame.</summary>
/// <param name="place">Its place in the group.</param>
/// <param name="task">Its number.</param>
/// <param name="batch">The batch, from 0.</param>
public sealed class TaskLossException(int place, int task, int batch) : ArgumentException(
    $"the loss of task {task} is not finite at batch {batch}, so that its group was stopped; send normalised inputs")
{
    /// <summary>Its place in the group.</summary>
    public int Place { get; } = place;
}
