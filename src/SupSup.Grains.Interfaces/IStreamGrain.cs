using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>
/// A stream of labelled batches that do not say which task they are of (scenario NNs), keyed `model/streamName`. Once per
/// segment of batches it finds the mask that serves them, learned or in training, or allocates a new one, and has the
/// segment's batches train it. A mask that has had all batches of its recipe is learned and serves without training.
/// </summary>
[GrainInterfaceType("supsup.stream"), Alias("supsup.stream")]
public interface IStreamGrain : IGrainWithStringKey
{
    /// <summary>Deletes what is stored of the stream; its masks are tasks of the model, and stay. Repeating it is harmless.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Unavailable: the store failed; ask again.</exception>
    [Alias("delete")]
    Task DeleteAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Opens the stream, or confirms that it is open with the same definition. Durable when it returns. It is then in the
    /// catalogue too, or, where the catalogue's store fails, once this is repeated or the stream is next activated.
    /// </summary>
    /// <param name="spec">The definition.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Where the stream stands.</returns>
    /// <exception cref="SupSupException">NotFound: no such model. InvalidRequest: the definition cannot be
    /// used. Conflict: the stream has another one.</exception>
    [Alias("open")]
    Task<StreamAnswer> OpenAsync(StreamSpec spec, CancellationToken cancellationToken);

    /// <summary>
    /// Takes one batch. Only the one expected next is taken, and once; any other changes nothing. The answer says
    /// which is wanted, so repeating and reordering are harmless. The first batch of a segment decides who serves it.
    /// </summary>
    /// <param name="number">Number of the batch, from 0.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Where the stream stands; the batch was taken, now or before, where its number is below
    /// <see cref="StreamAnswer.Next"/>.</returns>
    /// <exception cref="SupSupException">NotFound: the stream was not opened. InvalidRequest: sizes or
    /// labels. Unavailable: the store failed; submit again.</exception>
    [Alias("submit")]
    Task<StreamAnswer> SubmitAsync(long number, LabelledBatch batch, CancellationToken cancellationToken);

    /// <summary>Stores what was submitted so far, as far as it can be: the last batch of a segment becomes so with the segment.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Where the stream stands.</returns>
    /// <exception cref="SupSupException">NotFound: the stream was not opened. Unavailable: the store failed.</exception>
    [Alias("flush")]
    Task<StreamAnswer> FlushAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Ends the segment in hand and completes the masks in training with what they have had, so that inference knows
    /// them. The stream may go on afterwards; the masks are not trained any more.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Where the stream stands; all of it is durable.</returns>
    /// <exception cref="SupSupException">NotFound: the stream was not opened. Unavailable: the store failed; ask again.</exception>
    [Alias("complete")]
    Task<StreamAnswer> CompleteAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Looks whether another mask of the stream serves the same task as a learned one; then the less accurate of the two is
    /// removed from the model. Also done by itself when a mask is learned. Does nothing where the stream holds no such mask.
    /// </summary>
    /// <param name="task">The task of the learned mask.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What was merged, or null.</returns>
    /// <exception cref="SupSupException">NotFound: the stream was not opened. Damaged: a sample cannot be
    /// read. Unavailable: ask again.</exception>
    [Alias("merge")]
    Task<StreamMerge?> MergeAsync(int task, CancellationToken cancellationToken);

    /// <summary>What became of the stream's batches.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: the stream was not opened.</exception>
    [Alias("describe")]
    Task<StreamDescription> DescribeAsync(CancellationToken cancellationToken);
}
