namespace SupSup.Grains.Interfaces.Models;

/// <summary>Where a task stands.</summary>
public enum TrainingState
{
    /// <summary>Nothing is being trained here: nothing was asked of the task, or the silo that was asked is gone.</summary>
    Untrained,

    /// <summary>Waiting for a training thread.</summary>
    Queued,

    /// <summary>Batches are being trained.</summary>
    Training,

    /// <summary>The mask is being made durable.</summary>
    Storing,

    /// <summary>The mask is durable and the model knows the task.</summary>
    Trained,

    /// <summary>Training ended with an error; it can be ordered again.</summary>
    Failed,

    /// <summary>Training was cancelled, and how far it came forgotten; the task is untrained.</summary>
    Cancelled,
}
