namespace SupSup.Client;

/// <summary>What may end an attempt early, and which of it did.</summary>
internal sealed class Attempt : IDisposable
{
    private readonly CancellationToken _caller;
    private readonly CancellationToken _closed;
    private readonly CancellationToken _connection;
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _late;
    private readonly CancellationTokenSource _any;

    public Attempt(TimeSpan timeout, TimeProvider time, CancellationToken caller, CancellationToken closed, CancellationToken connection)
    {
        _caller = caller;
        _closed = closed;
        _connection = connection;
        _timeout = timeout;
        _late = new CancellationTokenSource(timeout, time);
        _any = CancellationTokenSource.CreateLinkedTokenSource(caller, closed, connection, _late.Token);
    }

    /// <summary>Ends the attempt.</summary>
    public CancellationToken Token => _any.Token;

    /// <summary>The answer to one of several questions is waited for from now on.</summary>
    public void Resume() => _late.CancelAfter(_timeout);

    /// <summary>Nothing is waited for.</summary>
    public void Pause() => _late.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>The failure as the caller shall see it.</summary>
    public Exception Explain(Exception error)
    {
        if (_caller.IsCancellationRequested) return error is OperationCanceledException ? error : new OperationCanceledException(_caller);
        if (_closed.IsCancellationRequested) return new ObjectDisposedException(nameof(SupSupConnection));
        if (error is not OperationCanceledException) return error;
        if (_connection.IsCancellationRequested) return new ConnectionInterruptedException();
        return _late.IsCancellationRequested ? new AttemptTimeoutException(_timeout) : error;
    }

    public void Dispose()
    {
        _any.Dispose();
        _late.Dispose();
    }
}
