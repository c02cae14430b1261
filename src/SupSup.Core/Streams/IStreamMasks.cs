namespace SupSup.Core.Streams;

/// <summary>What a <see cref="StreamAlgorithm{TMask, TBatch}"/> asks of its masks, wherever they are.</summary>
/// <typeparam name="TMask">A mask.</typeparam>
/// <typeparam name="TBatch">Labelled examples.</typeparam>
public interface IStreamMasks<TMask, TBatch>
    where TMask : class, IStreamMask
    where TBatch : class
{
    /// <summary>The masks that may serve a batch, in rounds: the next round is asked for where no mask of those before fits.</summary>
    IEnumerable<Task<TMask[]>> Candidates(TBatch batch, CancellationToken cancellationToken);

    /// <summary>Share of a batch that a mask classifies right; null where the mask cannot be run.</summary>
    Task<double?> AccuracyAsync(TMask mask, TBatch batch, CancellationToken cancellationToken);

    /// <summary>Allocates a mask, which is then in training; null where the stream may hold no more.</summary>
    Task<TMask?> AllocateAsync(CancellationToken cancellationToken);

    /// <summary>The mask that is most like a batch that none fits; null where there is none.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="tried">The masks that were run on it, with their accuracies.</param>
    TMask? Nearest(TBatch batch, IEnumerable<(TMask Mask, double Accuracy)> tried);

    /// <summary>Keeps some rows of a batch as the sample of what a mask was trained for.</summary>
    Task KeepSampleAsync(TMask mask, TBatch batch);

    /// <summary>The sample of a mask, or null.</summary>
    Task<TBatch?> SampleAsync(TMask mask);

    /// <summary>The masks that may serve the same task as a sample and could be merged, the likeliest first.</summary>
    Task<IEnumerable<TMask>> TwinsAsync(TBatch sample, CancellationToken cancellationToken);
}
