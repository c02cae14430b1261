namespace SupSup.Grains.Compute;

/// <summary>Turns of what one at a time may do.</summary>
internal static class Turns
{
    /// <summary>Waits for a turn.</summary>
    /// <param name="semaphore">Gives turns.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The turn, which ends when it is disposed.</returns>
    public static async Task<IDisposable> EnterAsync(this SemaphoreSlim semaphore, CancellationToken cancellationToken = default)
    {
        await semaphore.WaitAsync(cancellationToken);
        return new Turn(semaphore);
    }

    private sealed class Turn(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
