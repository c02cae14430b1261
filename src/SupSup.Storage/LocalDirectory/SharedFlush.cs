namespace SupSup.Storage.LocalDirectory;

/// <summary>
/// Flushes of one directory. Who comes while one is under way, which may have passed over its change, waits for the next together with all
/// others who came: many records that are written at once cost few flushes. Thread-safe; calls block.
/// </summary>
/// <param name="flush">Makes the directory's entries durable.</param>
internal sealed class SharedFlush(Action flush)
{
    private readonly Lock _state = new();
    private readonly Lock _flushing = new();
    private TaskCompletionSource? _next;

    /// <summary>Whether no one waits for the next.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_state) return _next is null;
        }
    }

    /// <summary>Returns once a flush that began after this call is done.</summary>
    /// <exception cref="IOException">That flush failed: everyone's who waited for it.</exception>
    public void Run()
    {
        TaskCompletionSource mine;
        bool leads;
        lock (_state)
        {
            leads = _next is null;
            mine = _next ??= new TaskCompletionSource();
        }

        if (leads) Lead(mine);
        mine.Task.GetAwaiter().GetResult();
    }

    private void Lead(TaskCompletionSource mine)
    {
        lock (_flushing)
        {
            lock (_state) _next = null; // who comes from here on needs another
            try
            {
                flush();
                mine.SetResult();
            }
#pragma warning disable CA1031 // Handed to everyone who waits.
            catch (Exception e)
#pragma warning restore CA1031
            {
                mine.SetException(e);
            }
        }
    }
}
