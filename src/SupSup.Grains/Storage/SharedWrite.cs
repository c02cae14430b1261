namespace SupSup.Grains.Storage;

/// <summary>
/// Stores the changes of a reentrant grain in few writes: changes that come while a write is under way share the next one.
/// A write that fails is every waiting caller's failure, and who comes next tries again. Used in grain turns only.
/// </summary>
/// <param name="write">Stores every change made so far.</param>
internal sealed class SharedWrite(Func<Task> write)
{
    private Task? _writing;

    /// <summary>Writes until a caller's change is stored.</summary>
    /// <param name="isStored">Whether it is.</param>
    /// <param name="cancellationToken">Ends the wait, not the write.</param>
    public async Task UntilAsync(Func<bool> isStored, CancellationToken cancellationToken)
    {
        while (!isStored())
        {
            _writing ??= WriteAsync();
            await _writing.WaitAsync(cancellationToken);
        }
    }

    private async Task WriteAsync()
    {
        // A write that completed at once would end before it is known as the one under way.
        await Task.Yield();
        try
        {
            await write();
        }
        finally
        {
            _writing = null;
        }
    }
}
