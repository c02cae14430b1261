using SupSup.Core.Training;
using SupSup.Grains.Models;

namespace SupSup.Grains.Compute;

/// <summary>Where a silo trains tasks on data that it makes itself; never on the threads that run grain turns.</summary>
public interface ITaskTraining
{
    /// <summary>Trains a task once it is its turn.</summary>
    /// <param name="network">The model.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="job">The task. It is not reported on after the result is there, or after it was stopped.</param>
    /// <exception cref="ArgumentException">The data or the checkpoint do not fit the model.</exception>
    /// <exception cref="OperationCanceledException">The job was stopped.</exception>
    Task<TrainedMask> TrainAsync(ModelNetwork network, Recipe recipe, TrainingJob job);
}
