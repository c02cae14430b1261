using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.Management;

/// <summary>A moment of a task's training, as the management interface tells it.</summary>
/// <param name="Task">Task index.</param>
/// <param name="State">Where it stands.</param>
/// <param name="BatchesDone">Batches trained.</param>
/// <param name="Batches">Batches at most.</param>
/// <param name="Loss">Cross-entropy of the last batch, in nats.</param>
/// <param name="Silo">The silo that trains, while it does.</param>
/// <param name="Summary">The task, once trained.</param>
/// <param name="Error">What went wrong, once failed.</param>
internal sealed record TrainingStatus(
    int Task, TrainingState State, int BatchesDone, int Batches, float Loss, string? Silo, TaskSummary? Summary, string? Error)
{
    /// <summary>Of a grain's progress.</summary>
    public static TrainingStatus Of(TrainingProgress progress) =>
        new(progress.Task, progress.State, progress.BatchesDone, progress.Batches, progress.Loss, progress.Silo, progress.Summary,
            progress.Error?.Message);
}
