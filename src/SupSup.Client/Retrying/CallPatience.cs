using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>The patience with one call, or with one conversation of several: counts failures since something last came forward.</summary>
/// <param name="retrier">The delays, and for how long.</param>
/// <param name="call">What is called, for messages.</param>
internal sealed class CallPatience(Retrier retrier, string call)
{
    private long _firstFailure;
    private int _failures;

    /// <summary>How long the next attempt may take.</summary>
    public TimeSpan AttemptTimeout { get; private set; } = retrier.Options.AttemptTimeout;

    private TimeSpan Since => retrier.Time.GetElapsedTime(_firstFailure);

    /// <summary>Progress was made: resets the retry budget.</summary>
    public void Renew()
    {
        _failures = 0;
        AttemptTimeout = retrier.Options.AttemptTimeout;
    }

    /// <summary>The delay before the next attempt, which is announced; null where patience is at its end.</summary>
    /// <param name="error">Why the last one failed.</param>
    public TimeSpan? Next(Exception error)
    {
        RetryOptions options = retrier.Options;
        if (_failures++ == 0) _firstFailure = retrier.Time.GetTimestamp();
        TimeSpan left = options.RetryFor - Since;
        if (left <= TimeSpan.Zero) return null;
        if (error is AttemptTimeoutException)
            AttemptTimeout = TimeSpan.FromTicks(Math.Min(AttemptTimeout.Ticks * 2, TimeSpan.TicksPerDay));
        TimeSpan delay = retrier.Delay(_failures);
        if (delay > left) delay = left;
        options.OnRetry?.Invoke(new RetryNotice(call, _failures, delay, error));
        return delay;
    }

    /// <summary>Waits before the next attempt.</summary>
    /// <param name="error">Why the last one failed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Patience is at its end: the failure itself, or Unavailable naming it.</exception>
    public async Task WaitAsync(Exception error, CancellationToken cancellationToken) =>
        await Task.Delay(Next(error) ?? throw GivenUp(error), retrier.Time, cancellationToken);

    /// <summary>The error of whoever gives up: the failure itself, or Unavailable naming it.</summary>
    public Exception GivenUp(Exception error)
    {
        if (error is SupSupException) return error;
        string line = error.Message.Split('\n', 2)[0].TrimEnd();
        if (line.Length > 300) line = line[..300] + "...";
        string cause = error is AttemptTimeoutException or ConnectionInterruptedException ? line : $"{error.GetType().Name}: {line}";
        string tried = _failures == 1 ? "failed" : $"failed {_failures} times in {Since.TotalSeconds:0.#} s";
        return new SupSupException(SupSupError.Unavailable, $"{call} {tried} ({cause}); check that the cluster is up, then try again");
    }
}
