using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>
/// One per task while it is trained on a silo with a GPU, keyed `model/taskIndex`: trains, and stores nothing. The task
/// grain, which may be on any silo, stays the authority for checkpoints and mask. Called by task grains only.
/// </summary>
[GrainInterfaceType("supsup.trainer"), Alias("supsup.trainer")]
public interface ITrainerGrain : IGrainWithStringKey
{
    /// <summary>Trains, and streams how it goes: checkpoints, and at the end the mask. Another call ends the one before.</summary>
    /// <param name="assignment">What to train, and from where.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    /// <exception cref="SupSupException">InvalidRequest: data or checkpoint do not fit. Unavailable: the data
    /// cannot be read, or the device failed.</exception>
    [Alias("train")]
    IAsyncEnumerable<TrainingStep> TrainAsync(TrainingAssignment assignment, CancellationToken cancellationToken);

    /// <summary>Has a training under way send a checkpoint of where it stands and end; does nothing when there is none.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("suspend")]
    Task SuspendAsync(CancellationToken cancellationToken);
}
