namespace SupSup.Client;

/// <summary>How a stream of batches is sent.</summary>
public sealed class StreamOptions
{
    /// <summary>
    /// Batches under way at once, so that the network's delay is not added to each; more than the silos' StreamWindow
    /// (8 by default) are sent back. Default 4.
    /// </summary>
    public int InFlight { get; set; } = 4;

    /// <summary>
    /// Batches that are kept because a crash of the silo could still undo them. When there are so many, the silo is asked to
    /// make them durable, which costs it a checkpoint; below the silos' CheckpointBatches (100 by default) it does so more
    /// often than by itself. Default 256.
    /// </summary>
    public int MaxUnacknowledged { get; set; } = 256;

    /// <summary>The options, which must be in range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is not.</exception>
    internal StreamOptions Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(InFlight, 1, nameof(InFlight));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxUnacknowledged, InFlight, nameof(MaxUnacknowledged));
        return this;
    }
}
