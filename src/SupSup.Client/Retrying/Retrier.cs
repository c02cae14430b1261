namespace SupSup.Client;

/// <summary>Makes calls, and makes them again after faults that pass. Thread-safe.</summary>
#pragma warning disable CA1001 // Sources without timers hold nothing, and calls under way look at them to the end.
internal sealed class Retrier
{
    private readonly CancellationTokenSource _closed = new();
    private CancellationTokenSource _connection = new();

    /// <summary>Makes calls by these options.</summary>
    public Retrier(RetryOptions options, TimeProvider? time = null, Random? random = null)
    {
        Options = options.Validated();
        Time = time ?? TimeProvider.System;
        Random = random ?? Random.Shared;
    }

    public RetryOptions Options { get; }

    public TimeProvider Time { get; }

    /// <summary>Spreads the delays of many clients; nothing that is computed depends on it.</summary>
    public Random Random { get; }

    /// <summary>Makes a call until it is answered.</summary>
    /// <param name="call">What is called, for messages.</param>
    /// <param name="attempt">Makes it once.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async Task<T> RunAsync<T>(string call, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        CallPatience patience = Patience(call);
        while (true)
        {
            try
            {
                return await OnceAsync(patience, attempt, cancellationToken);
            }
            catch (Exception e) when (IsTransient(e, cancellationToken))
            {
                await patience.WaitAsync(e, cancellationToken);
            }
        }
    }

    /// <summary>Makes a call that returns nothing until it is answered.</summary>
    public Task RunAsync(string call, Func<CancellationToken, Task> attempt, CancellationToken cancellationToken) => RunAsync(
        call,
        async token =>
        {
            await attempt(token);
            return true;
        },
        cancellationToken);

    /// <summary>Makes a call once.</summary>
    public async Task<T> OnceAsync<T>(CallPatience patience, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        using Attempt limits = Begin(patience, cancellationToken);
        try
        {
            limits.Token.ThrowIfCancellationRequested();
            return await attempt(limits.Token);
        }
        catch (Exception e) when (limits.Explain(e) is var better && better != e)
        {
            throw better;
        }
    }

    /// <summary>Fresh patience.</summary>
    /// <param name="call">What is called, for messages.</param>
    public CallPatience Patience(string call) => new(this, call);

    /// <summary>The limits of one attempt.</summary>
    public Attempt Begin(CallPatience patience, CancellationToken cancellationToken) =>
        new(patience.AttemptTimeout, Time, cancellationToken, _closed.Token, Volatile.Read(ref _connection).Token);

    /// <summary>The delay after so many failures.</summary>
    public TimeSpan Delay(int failures)
    {
        double full = Math.Min(Options.LongestDelay.Ticks, Options.FirstDelay.Ticks * Math.Pow(2, Math.Min(failures - 1, 30)));
        return TimeSpan.FromTicks((long)(full * (0.5 + (0.5 * Random.NextDouble()))));
    }

    /// <summary>Whether to try again.</summary>
    public bool IsTransient(Exception error, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested && !_closed.IsCancellationRequested && TransientFaults.Includes(error);

    /// <summary>A gateway was lost: what waits for answers is tried again, since answers may have been lost with it.</summary>
    public void Interrupt() => _ = Interlocked.Exchange(ref _connection, new CancellationTokenSource()).CancelAsync();

    /// <summary>Ends all calls.</summary>
    public void Close() => _closed.Cancel();
}
