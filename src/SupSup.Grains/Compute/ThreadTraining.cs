using SupSup.Core.Training;
using SupSup.Grains.Models;

namespace SupSup.Grains.Compute;

/// <summary>Trains task by task, each on one thread of the processor; one that is alone borrows the idle threads.</summary>
/// <param name="compute">The threads.</param>
public sealed class ThreadTraining(TrainingCompute compute) : ITaskTraining
{
    /// <inheritdoc/>
    public Task<TrainedMask> TrainAsync(ModelNetwork network, Recipe recipe, TrainingJob job) => compute.RunAsync(
        () =>
        {
            using IdleThreads team = new(compute);
            return TaskTrainer.Train(network.Network, network.Rule, recipe, job, team);
        },
        job.Stop);
}
