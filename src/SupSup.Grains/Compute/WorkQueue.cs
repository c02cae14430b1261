using System.Diagnostics.CodeAnalysis;

namespace SupSup.Grains.Compute;

/// <summary>
/// What waits for a thread, that of the oldest cause first: a query that has come far goes before one that begins, so
/// that two which share the threads do not both take twice as long. Thread-safe.
/// </summary>
internal sealed class WorkQueue : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<Action, (long Since, long Number)> _waiting = new();
    private readonly SemaphoreSlim _count = new(0);
    private long _number;
    private volatile bool _completed;

    /// <summary>How much waits; once completed one more, for the threads to see.</summary>
    public int Count => _count.CurrentCount;

    /// <summary>Whether nothing more will come.</summary>
    public bool IsCompleted => _completed;

    /// <summary>Adds work.</summary>
    /// <param name="work">The work.</param>
    /// <param name="since">Since when its cause has been waiting, in ticks of UTC; of equals the first goes first.</param>
    /// <exception cref="ObjectDisposedException">The queue was completed.</exception>
    public void Add(Action work, long since)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_completed, this);
            _waiting.Enqueue(work, (since, _number++));
        }

        _count.Release();
    }

    /// <summary>Takes the oldest.</summary>
    /// <param name="wait">How long to wait for it.</param>
    /// <param name="work">The work.</param>
    /// <returns>False where none came, or none will.</returns>
    public bool TryTake(TimeSpan wait, [NotNullWhen(true)] out Action? work)
    {
        work = null;
        if (!_count.Wait(wait)) return false;
        lock (_gate)
        {
            if (_waiting.TryDequeue(out work, out _)) return true;
        }

        _count.Release(); // the end is for every thread to see
        return false;
    }

    /// <summary>Lets threads end once nothing waits.</summary>
    public void Complete()
    {
        lock (_gate) _completed = true;
        _count.Release();
    }

    /// <inheritdoc/>
    public void Dispose() => _count.Dispose();
}
