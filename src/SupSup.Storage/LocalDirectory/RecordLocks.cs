namespace SupSup.Storage.LocalDirectory;

/// <summary>
/// One asynchronous lock for each record that is in use at the moment; a record nobody uses costs nothing.
/// </summary>
internal sealed class RecordLocks
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Waits until nobody else works on the record. Dispose the result to let the next one in.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async ValueTask<Hold> EnterAsync(string record, CancellationToken cancellationToken)
    {
        Entry? entry;
        lock (_entries)
        {
            if (!_entries.TryGetValue(record, out entry)) _entries.Add(record, entry = new Entry());
            entry.Users++;
        }

        try
        {
            await entry.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Leave(record, entry);
            throw;
        }

        return new Hold(this, record, entry);
    }

    private void Leave(string record, Entry entry)
    {
        lock (_entries)
        {
            if (--entry.Users > 0) return;
            _entries.Remove(record);
        }

        entry.Turn.Dispose();
    }

    /// <summary>The right to work on one record.</summary>
    public readonly struct Hold(RecordLocks locks, string record, Entry entry) : IDisposable
    {
        /// <summary>Gives the right back; once.</summary>
        public void Dispose()
        {
            entry.Turn.Release();
            locks.Leave(record, entry);
        }
    }

    /// <summary>The lock of a record, and how many hold it or wait for it.</summary>
    public sealed class Entry
    {
        /// <summary>Free while nobody works on the record.</summary>
        public SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>Holders and waiters; guarded by the dictionary's lock.</summary>
        public int Users { get; set; }
    }
}
