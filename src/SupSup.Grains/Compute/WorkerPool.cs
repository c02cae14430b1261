using System.Diagnostics;

namespace SupSup.Grains.Compute;

/// <summary>
/// Threads of our own for heavy arithmetic, so that the Orleans scheduler's threads stay free for short turns. Each
/// piece of work runs on one thread: tasks and images are what is spread over the cores.
/// </summary>
public abstract class WorkerPool : IDisposable
{
    // How long a thread that has nothing to do looks for work before it sleeps.
    private static readonly TimeSpan Alert = TimeSpan.FromMicroseconds(200);

    private readonly WorkQueue _queue = new();
    private readonly Thread[] _threads;
    private int _busy;

    /// <summary>Starts the threads.</summary>
    /// <param name="name">Name of the threads.</param>
    /// <param name="threads">How many, at least 1.</param>
    /// <param name="niceness">By how much their work stands back behind other threads', 0 to 19.</param>
    protected WorkerPool(string name, int threads, int niceness = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _threads = [.. Enumerable.Range(0, threads)
            .Select(index => new Thread(() => Work(niceness)) { IsBackground = true, Name = $"{name} {index}" })];
        foreach (Thread thread in _threads) thread.Start();
    }

    /// <summary>Number of threads.</summary>
    public int Threads => _threads.Length;

    /// <summary>Whether a thread has nothing to do, and nothing waits for one.</summary>
    internal bool HasIdle => Volatile.Read(ref _busy) < _threads.Length && _queue.Count == 0 && !_queue.IsCompleted;

    /// <summary>Whether work waits for a thread.</summary>
    internal bool HasWaiting => _queue.Count > 0;

    /// <summary>Runs work that handles its own failures on one of the threads.</summary>
    internal void Post(Action work) => _queue.Add(work, Now);

    /// <summary>Runs work on one of the threads.</summary>
    /// <param name="work">The work.</param>
    /// <param name="cancellationToken">Ends the wait at once if the work has not started; the work must look at it itself.</param>
    /// <param name="since">Since when its cause has been waiting, in ticks of UTC: of what waits for a thread
    /// the oldest goes first. Null for just now.</param>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken, long? since = null)
    {
        TaskCompletionSource<T> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int claimed = 0;
        bool Claim() => Interlocked.Exchange(ref claimed, 1) == 0;
        using CancellationTokenRegistration registration = cancellationToken.Register(() =>
        {
            if (Claim()) result.SetCanceled(cancellationToken);
        });
        _queue.Add(
            () =>
            {
                if (!Claim()) return;
                try
                {
                    result.SetResult(work());
                }
                catch (OperationCanceledException e)
                {
                    result.SetCanceled(e.CancellationToken);
                }
#pragma warning disable CA1031 // Every exception goes to whoever awaits the work.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    result.SetException(e);
                }
            },
            since ?? Now);
        return await result.Task;
    }

    /// <summary>Splits a range over the threads.</summary>
    /// <param name="count">Length of the range.</param>
    /// <param name="parts">Into how many parts at most.</param>
    /// <param name="body">Called with start and end of each part.</param>
    /// <param name="cancellationToken">Takes parts out of the queue that have not started.</param>
    /// <param name="since">As for a piece of work.</param>
    public Task ForAsync(int count, int parts, Action<int, int> body, CancellationToken cancellationToken, long? since = null)
    {
        int some = Math.Min(count, parts);
        return Task.WhenAll(Enumerable.Range(0, some).Select(part => RunAsync(
            () =>
            {
                body((int)((long)count * part / some), (int)((long)count * (part + 1) / some));
                return true;
            },
            cancellationToken,
            since)));
    }

    /// <summary>Lets the threads end once the queue is empty.</summary>
    public void Dispose()
    {
        _queue.Complete();
        foreach (Thread thread in _threads) thread.Join();
        _queue.Dispose();
        GC.SuppressFinalize(this);
    }

    private static long Now => DateTime.UtcNow.Ticks;

    private void Work(int niceness)
    {
        ThreadNiceness.Add(niceness);
        while (Next() is { } work)
        {
            Interlocked.Increment(ref _busy);
            work();
            Interlocked.Decrement(ref _busy);
        }
    }

    // The next step of a query follows within microseconds; to be woken takes a thread longer. Null ends the thread.
    private Action? Next()
    {
        long start = Stopwatch.GetTimestamp();
        SpinWait wait = default;
        do
        {
            if (_queue.TryTake(TimeSpan.Zero, out Action? work)) return work;
            wait.SpinOnce(sleep1Threshold: -1);
        }
        while (Stopwatch.GetElapsedTime(start) < Alert && !_queue.IsCompleted);

        return _queue.TryTake(Timeout.InfiniteTimeSpan, out Action? late) ? late : null;
    }
}
