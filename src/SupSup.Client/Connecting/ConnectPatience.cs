using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>Waits between attempts to connect, and gives up in one clear line.</summary>
internal sealed class ConnectPatience : IClientConnectionRetryFilter
{
    private readonly string _address;
    private readonly SupSupClientOptions _options;
    private readonly Retrier _retrier;
    private long? _start;
    private int _failures;

    /// <summary>Patience as the options say.</summary>
    /// <param name="address">What is connected to, for the message.</param>
    /// <param name="options">The cluster, and for how long.</param>
    /// <param name="retrier">The delays, and who is told.</param>
    public ConnectPatience(string address, SupSupClientOptions options, Retrier retrier)
    {
        _address = address;
        _options = options;
        _retrier = retrier;
    }

    /// <inheritdoc/>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        _start ??= _retrier.Time.GetTimestamp();
        TimeSpan since = _retrier.Time.GetElapsedTime(_start.Value);
        _failures++;
        if (_options.ConnectTimeout != Timeout.InfiniteTimeSpan && since >= _options.ConnectTimeout) throw GivenUp(exception);
        TimeSpan delay = _retrier.Delay(_failures);
        if (_options.ConnectTimeout != Timeout.InfiniteTimeSpan && delay > _options.ConnectTimeout - since)
            delay = _options.ConnectTimeout - since;
        _retrier.Options.OnRetry?.Invoke(new RetryNotice($"connecting to {_address}", _failures, delay, exception));
        await Task.Delay(delay, _retrier.Time, cancellationToken);
        return true;
    }

    /// <summary>The error that says what was tried.</summary>
    public SupSupException GivenUp(Exception last)
    {
        Exception cause = last;
        while (cause.InnerException is { } inner) cause = inner;
        return new SupSupException(
            SupSupError.Unavailable,
            $"no silo of cluster '{_options.ClusterId}', service '{_options.ServiceId}', answered at {_address} within "
                + $"{_options.ConnectTimeout.TotalSeconds:0.#} s ({cause.Message.ReplaceLineEndings(" ")}); check the address, and that a "
                + "silo runs there");
    }
}
