using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>
/// The data that were sent for a task, keyed `model/taskIndex`. They come in parts, and once complete are kept until they are deleted, or
/// the task is: any silo can train from them, after any restart. The model must exist; the task need not be learned.
/// </summary>
[GrainInterfaceType("supsup.task-sent-data"), Alias("supsup.task-sent-data")]
public interface ITaskDataGrain : IGrainWithStringKey
{
    /// <summary>Stores a part. Durable when it returns; repeating it is harmless, and another content takes the place of the one
    /// before. Data that are complete stay as they are until the new ones are.</summary>
    /// <param name="number">Which, from 0.</param>
    /// <param name="content">1 byte to <see cref="SentDataLimits.PartBytes"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: no such model, or the task was removed. InvalidRequest: the number or the size cannot be
    /// used. Conflict: the model has as many bytes of data as it may. Unavailable: the store failed.</exception>
    [Alias("put")]
    Task<SentPart> PutPartAsync(int number, byte[] content, CancellationToken cancellationToken);

    /// <summary>Makes data of the parts 0 to <paramref name="parts"/> - 1. They replace earlier ones. Repeating it is harmless.</summary>
    /// <param name="parts">How many.</param>
    /// <param name="checksum">SHA-256 of the whole, hexadecimal.</param>
    /// <param name="ending">The ending of such files, as ".zip".</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: no such model, or the task was removed. InvalidRequest: a part is missing, or the
    /// checksum is another. Unavailable: the store failed.</exception>
    [Alias("complete")]
    Task<SentData> CompleteAsync(int parts, string checksum, string ending, CancellationToken cancellationToken);

    /// <summary>Forgets the parts of data that are not complete: those who sent them gave up.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Unavailable: the store failed.</exception>
    [Alias("discard")]
    Task DiscardDraftAsync(CancellationToken cancellationToken);

    /// <summary>The data that are complete; null for none.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("describe")]
    Task<SentData?> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Deletes all that was sent. Repeating it is harmless.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Unavailable: the store failed; ask again.</exception>
    [Alias("delete")]
    Task DeleteAsync(CancellationToken cancellationToken);
}
