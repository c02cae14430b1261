using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>
/// The reservoir of a model whose masks live in one, keyed by the model's name: the only owner of these masks. They are stored together
/// in Hopfield networks of fixed size, one for each normalisation, and kept nowhere else; of each task there is its mask's checksum, by
/// which a mask that was recovered is known to be the task's.
/// </summary>
[GrainInterfaceType("supsup.reservoir"), Alias("supsup.reservoir")]
public interface IReservoirGrain : IGrainWithStringKey
{
    /// <summary>What it holds; the masks are not read.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model. InvalidRequest: it has no reservoir. Damaged or Unavailable: the
    /// store.</exception>
    [Alias("describe")]
    Task<ReservoirDescription> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Checks that a task's mask can be stored. Called before it is trained.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Conflict: the reservoir is full.</exception>
    [Alias("check-room")]
    Task CheckRoomAsync(int task, CancellationToken cancellationToken);

    /// <summary>Stores a task's mask. Durable when it returns; repeating it does nothing. What is stored cannot be taken out.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Conflict: the reservoir is full, or has another mask of the task. InvalidRequest: it is of another
    /// network. Damaged or Unavailable: the store.</exception>
    [Alias("store")]
    Task StoreAsync(GainMaskBlob mask, CancellationToken cancellationToken);

    /// <summary>Recovers the mask of a batch of images of one task, and classifies them by it.</summary>
    /// <param name="inputs">Inputs [rows, inputs], 16 to 4096 rows.</param>
    /// <param name="cancellationToken">Ends the search between its steps.</param>
    /// <exception cref="SupSupException">NotFound: no such model, or nothing is stored. InvalidRequest: sizes. Damaged or Unavailable: the
    /// store, or too many images wait.</exception>
    [Alias("recover")]
    Task<RecoveredBatch> RecoverAsync(InputBatch inputs, CancellationToken cancellationToken);

    /// <summary>How it is, as the one shard of its model.</summary>
    /// <param name="tasks">The tasks that were acknowledged.</param>
    /// <param name="read">Whether it is read to find out.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Unavailable: the store does not answer.</exception>
    [Alias("health")]
    Task<ShardHealth> CheckHealthAsync(int[] tasks, bool read, CancellationToken cancellationToken);

    /// <summary>Deletes all that is stored. Called by the coordinator that deletes the model; repeating it is harmless.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Unavailable: the store failed.</exception>
    [Alias("delete")]
    Task DeleteAsync(CancellationToken cancellationToken);
}
