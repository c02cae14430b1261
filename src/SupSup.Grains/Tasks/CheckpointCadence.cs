namespace SupSup.Grains.Tasks;

/// <summary>
/// When a run stores where it stands: every so often, and as soon as it is to be suspended. Never with the last that
/// it may have, after which its mask is stored. Used by the training thread.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="seconds">From one checkpoint to the next.</param>
/// <param name="batches">Batches of the run.</param>
internal sealed class CheckpointCadence(TimeProvider time, double seconds, int batches)
{
    private long? _last;

    /// <summary>Whether a checkpoint is due, which then counts as taken. Time runs from the first batch: waiting is not training.</summary>
    /// <param name="done">Batches trained.</param>
    /// <param name="isSuspending">Whether the run is to be suspended.</param>
    public bool IsDue(int done, bool isSuspending)
    {
        _last ??= time.GetTimestamp();
        if (done == batches || (!isSuspending && time.GetElapsedTime(_last.Value).TotalSeconds < seconds)) return false;
        _last = time.GetTimestamp();
        return true;
    }
}
