using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Clustering.Redis;
using StackExchange.Redis;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Features;

/// <summary>Connects to Redis, which may be started together with the silo.</summary>
/// <param name="settings">Where it is, and how long to try.</param>
/// <param name="logger">Hears of a Redis that does not answer yet.</param>
internal sealed partial class RedisConnector(MembershipSettings settings, ILogger<RedisConnector> logger) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private ConnectionMultiplexer? _connection;

    /// <summary>How to connect; once connected, a lost connection is retried every second.</summary>
    public static ConfigurationOptions Options(string connection)
    {
        ConfigurationOptions options = ConfigurationOptions.Parse(connection);
        options.AbortOnConnectFail = true; // or a Redis that was never reached would look like one that is slow
        options.ConnectRetry = 1;
        options.ReconnectRetryPolicy = new LinearRetry((int)Pause.TotalMilliseconds);
        return options;
    }

    /// <summary>Connects, once: a table that was emptied is initialised again over the connection that is there.</summary>
    /// <exception cref="IOException">Redis refused, or could not be reached for the time that is set; one line.</exception>
    public async Task<(IConnectionMultiplexer Connection, bool IsShared)> ConnectAsync(RedisClusteringOptions options)
    {
        if (_connection is { } connected) return (connected, true);
        ConfigurationOptions configuration = options.ConfigurationOptions!;
        string servers = string.Join(
            ", ", configuration.EndPoints.Select(endpoint => endpoint.ToString()!.Replace("Unspecified/", "", StringComparison.Ordinal)));
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return (_connection = await ConnectionMultiplexer.ConnectAsync(configuration), true);
            }
            catch (RedisConnectionException e)
            {
                string reason = Reason(e);
                if (e.FailureType == ConnectionFailureType.AuthenticationFailure)
                    throw new IOException($"Redis at {servers} refused the silo: {reason}; check user and password in Membership:Redis", e);
                if (Stopwatch.GetElapsedTime(start).TotalSeconds >= settings.StartSeconds)
                    throw new IOException(
                        $"Redis at {servers} could not be reached within {settings.StartSeconds} s: {reason}; check Membership:Redis, and "
                            + "whether it runs", e);
                LogWaiting(servers, reason);
            }

            await Task.Delay(Pause);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    // The client's message ends with its whole state.
    private static string Reason(RedisConnectionException e) =>
        e.Message.ReplaceLineEndings(" ").Split(" ConnectTimeout", 2)[0].Split(", command=", 2)[0].TrimEnd('.', ' ');

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis at {Servers} cannot be reached yet: {Reason}")]
    private partial void LogWaiting(string servers, string reason);
}
