namespace SupSup.Grains.Interfaces.Models;

/// <summary>Where a task stands.</summary>
public enum TrainingState
{
    /// <summary>Nothing was asked of it.</summary>
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
}
