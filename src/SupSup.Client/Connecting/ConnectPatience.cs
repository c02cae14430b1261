using SupSup.Grains.Interfaces.Models;
using SupSup.Shared;

namespace SupSup.Client;

/// <summary>Waits between attempts to connect, and gives up in one clear line.</summary>
/// <param name="address">What is connected to, for the message.</param>
/// <param name="options">The cluster, and for how long.</param>
/// <param name="retrier">The delays, and who is told.</param>
/// <param name="tls">Knows why connections are refused; null where they are cleartext.</param>
internal sealed class ConnectPatience(string address, SupSupClientOptions options, Retrier retrier, ClusterTls? tls = null)
    : IClientConnectionRetryFilter
{
    // Once may be a silo that ends as it is connected to.
    private const int RefusalsThatLast = 3;

    private long? _start;
    private int _failures;

    /// <inheritdoc/>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        _start ??= retrier.Time.GetTimestamp();
        TimeSpan since = retrier.Time.GetElapsedTime(_start.Value);
        _failures++;
        if (_failures >= RefusalsThatLast && tls?.LastFailure is { } refusal) throw Refused(refusal);
        if (options.ConnectTimeout != Timeout.InfiniteTimeSpan && since >= options.ConnectTimeout) throw GivenUp(exception);
        TimeSpan delay = retrier.Delay(_failures);
        if (options.ConnectTimeout != Timeout.InfiniteTimeSpan && delay > options.ConnectTimeout - since)
            delay = options.ConnectTimeout - since;
        retrier.Options.OnRetry?.Invoke(new RetryNotice($"connecting to {address}", _failures, delay, exception));
        await Task.Delay(delay, retrier.Time, cancellationToken);
        return true;
    }

    // Certificates do not get better by waiting.
    private static SupSupException Refused(string refusal) => new(
        SupSupError.Unavailable, $"there is no connection to the silo at {refusal}; the silo's log has its side, docs/operating.md what "
            + "certificates need");

    /// <summary>The error that says what was tried.</summary>
    public SupSupException GivenUp(Exception last)
    {
        Exception cause = last;
        while (cause.InnerException is { } inner) cause = inner;
        return new SupSupException(
            SupSupError.Unavailable,
            $"no silo of cluster '{options.ClusterId}', service '{options.ServiceId}', answered at {address} within "
                + $"{options.ConnectTimeout.TotalSeconds:0.#} s ({cause.Message.ReplaceLineEndings(" ")}); check the address, and that a "
                + "silo runs there");
    }
}
