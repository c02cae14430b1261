namespace SupSup.Client;

/// <summary>
/// How patient the client is with faults that pass: a silo that restarts, a gateway that is lost, a store that cannot be
/// reached. Every call is idempotent, so it is simply made again.
/// </summary>
public sealed class RetryOptions
{
    /// <summary>For how long after its first failure a call that brings nothing forward is made again; zero
    /// turns retrying off. Default 60 s.</summary>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a call may take before it counts as lost, such as with the silo that was to answer it. Each time it runs
    /// out, that call's next attempt gets twice as long, so that what is slow is not repeated for ever. Default 30 s; infinite
    /// waits until Orleans gives the call up, after 10 minutes.
    /// </summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Delay before the first repetition; it doubles with each further one. Between half of it and
    /// all of it is waited, at random. Default 100 ms.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest delay between two attempts. Default 5 s.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Told of each repetition before its delay, on any thread; must be quick and not throw.</summary>
    public Action<RetryNotice>? OnRetry { get; set; }

    /// <summary>Calls are made once, and waited for as long as they take.</summary>
    public static RetryOptions Off => new() { RetryFor = TimeSpan.Zero, AttemptTimeout = Timeout.InfiniteTimeSpan };

    /// <summary>The options, which must be in range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is not.</exception>
    internal RetryOptions Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryFor, TimeSpan.Zero, nameof(RetryFor));
        if (AttemptTimeout != Timeout.InfiniteTimeSpan)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AttemptTimeout, TimeSpan.Zero, nameof(AttemptTimeout));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(FirstDelay, TimeSpan.Zero, nameof(FirstDelay));
        ArgumentOutOfRangeException.ThrowIfLessThan(LongestDelay, FirstDelay, nameof(LongestDelay));
        return this;
    }
}
