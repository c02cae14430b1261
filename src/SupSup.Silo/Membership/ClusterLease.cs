using Orleans.Storage;
using SupSup.Grains.Storage;

namespace SupSup.Silo.Membership;

/// <summary>
/// The record in the store that names the cluster which owns it, as one silo sees it. It is written by compare-and-swap, and its age
/// is told by its ETag alone, on the silo's own clock: clocks of different machines are never compared. Not to be used concurrently.
/// </summary>
/// <param name="storage">The grain store.</param>
/// <param name="clock">The silo's clock.</param>
internal sealed class ClusterLease(IGrainStorage storage, TimeProvider clock)
{
    private static readonly GrainId Key = GrainId.Create("cluster", "store");

    private GrainState<LeaseState>? _last;
    private long _lastRead;
    private long _seen;

    /// <summary>The lease as it was last read or written; null where none was ever taken, or it was released.</summary>
    public LeaseState? Held => _last is { RecordExists: true, State.Silos.Count: > 0 } ? _last.State : null;

    /// <summary>A time that is certain to be before its last write; null until a write was noticed.</summary>
    public long? WrittenAfter { get; private set; }

    /// <summary>For how long it has certainly not been written.</summary>
    public TimeSpan Unchanged => clock.GetElapsedTime(_seen);

    /// <summary>Reads it.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        long start = clock.GetTimestamp();
        GrainState<LeaseState> read = new(new LeaseState());
        await storage.ReadStateAsync(StorageNames.Lease, Key, read, cancellationToken);
        if (_last is null || _last.ETag != read.ETag)
        {
            if (_last is not null) WrittenAfter = _lastRead; // which still saw the one before
            _seen = clock.GetTimestamp();
        }

        (_last, _lastRead) = (read, start);
    }

    /// <summary>Writes it, if it is as it was last read.</summary>
    /// <returns>Whether it was.</returns>
    public async Task<bool> WriteAsync(LeaseState next, CancellationToken cancellationToken)
    {
        long start = clock.GetTimestamp();
        GrainState<LeaseState> written = new(next, _last!.ETag) { RecordExists = _last.RecordExists };
        try
        {
            await storage.WriteStateAsync(StorageNames.Lease, Key, written, cancellationToken);
        }
        catch (InconsistentStateException)
        {
            return false;
        }

        (_last, _lastRead, WrittenAfter, _seen) = (written, start, start, clock.GetTimestamp());
        return true;
    }
}
