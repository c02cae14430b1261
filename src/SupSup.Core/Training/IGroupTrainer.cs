using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Training;

/// <summary>
/// Trains many tasks at once on one device, in batched matrix products and grouped convolutions: what makes a GPU worth its while, for
/// which one task is too little work. More tasks than its memory holds at once become several groups, one after another. The method, the
/// random numbers and the order of examples are those of <see cref="TaskTrainer"/>; sums are taken in another order, so masks differ where
/// rounding decides. Not thread-safe.
/// </summary>
public interface IGroupTrainer : IDisposable
{
    /// <summary>Runs the recipe on every task, on the calling thread.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="rule">The mask rule.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="tasks">The tasks, at least one, of one dataset; all new, or all from checkpoints after
    /// the same number of batches.</param>
    /// <param name="cancellationToken">Stops all between batches.</param>
    /// <returns>A mask for each task, its duration an equal share of the group's; null where the task was stopped.</returns>
    /// <exception cref="ArgumentException">The tasks do not fit the network or one another, or the recipe is not
    /// valid.</exception>
    /// <exception cref="TaskLossException">The loss of one task is not finite; none gets a mask.</exception>
    /// <exception cref="OperationCanceledException">All were stopped by <paramref name="cancellationToken"/>.</exception>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The device failed, for want of memory for instance.</exception>
    TrainedMask?[] Train(
        FixedNetwork network, IMaskRule rule, Recipe recipe, IReadOnlyList<TrainingJob> tasks, CancellationToken cancellationToken);
}
