namespace SupSup.Grains.Shards;

/// <summary>
/// One per silo: gives memory back that masks have passed through, when they were read or laid out anew. Once for all shards that do so one
/// after another, since each time halts the silo for a moment; the runtime itself would keep it until it needs some.
/// </summary>
public sealed class PassedMemory : IDisposable
{
    /// <summary>How long nothing more must have come.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly ITimer _timer;

    /// <summary>Created by the silo's container.</summary>
    /// <param name="time">The clock.</param>
    public PassedMemory(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _timer = time.CreateTimer(_ => GiveBack(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How often it was given back.</summary>
    public int Times { get; private set; }

    /// <summary>Much memory is free now, or soon. Thread-safe.</summary>
    public void Note() => _timer.Change(Quiet, Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Times++;
    }
}
