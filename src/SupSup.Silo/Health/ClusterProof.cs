namespace SupSup.Silo.Health;

/// <summary>
/// What a silo knows of its being part of the one cluster that owns the store. Where only one silo can open the store, as a
/// directory, no proof is asked for.
/// </summary>
/// <param name="clock">Tells how old a proof is.</param>
internal sealed class ClusterProof(TimeProvider clock)
{
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _confirming = new();
    private volatile string? _waiting;
    private TimeSpan? _limit;
    private long _confirmed;

    /// <summary>Completes, with the reason in one line, when the silo turns out to be part of the cluster no more.</summary>
    public Task<string> Lost => _lost.Task;

    /// <summary>Why it is not known that the silo is part of the cluster; null while it is.</summary>
    public string? Doubt
    {
        get
        {
            if (_lost.Task.IsCompletedSuccessfully) return _lost.Task.Result;
            if (_waiting is { } waiting) return waiting;
            lock (_confirming)
            {
                return _limit is { } limit && clock.GetElapsedTime(_confirmed) > limit
                    ? $"neither the lease in the store nor the membership table has shown for {limit.TotalSeconds:0.#} s that the silo is "
                        + "part of the cluster; check whether it reaches them"
                    : null;
            }
        }
    }

    /// <summary>Says what the silo waits for before it joins.</summary>
    public void Wait(string reason) => _waiting = reason;

    /// <summary>Asks for proof from now on, which now is there.</summary>
    /// <param name="limit">How old a proof may be.</param>
    public void Require(TimeSpan limit)
    {
        lock (_confirming) (_limit, _confirmed) = (limit, clock.GetTimestamp());
        _waiting = null;
    }

    /// <summary>Takes note of a proof.</summary>
    /// <param name="timestamp">When it held, at the latest, on the clock.</param>
    public void Confirm(long timestamp)
    {
        lock (_confirming) _confirmed = Math.Max(_confirmed, timestamp);
    }

    /// <summary>The store belongs to another cluster, or the cluster has left the silo out. There is no way back: others may have changed
    /// what this silo remembers.</summary>
    public void Lose(string reason) => _lost.TrySetResult(reason);
}
