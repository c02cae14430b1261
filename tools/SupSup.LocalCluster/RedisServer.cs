using System.Globalization;

namespace SupSup.LocalCluster;

/// <summary>A Redis process on loopback; its data survive a restart.</summary>
/// <param name="folder">Folder of its data and its log.</param>
/// <param name="port">Its port.</param>
public sealed class RedisServer(string folder, int port) : IAsyncDisposable
{
    private ChildProcess? _process;

    public int Port => port;

    /// <summary>What clients connect with.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port},abortConnect=false");

    /// <summary>Starts one on a port that is free.</summary>
    /// <param name="folder">Folder of its data and its log.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LocalClusterException">It cannot be started.</exception>
    public static async Task<RedisServer> StartNewAsync(string folder, CancellationToken cancellationToken = default)
    {
        RedisServer server = new(folder, LoopbackPorts.Free(1)[0]);
        await server.StartAsync(cancellationToken);
        return server;
    }

    /// <summary>Starts it, or starts it again on what it had stored.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LocalClusterException">It cannot be started.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        string program = Programs.Find("redis-server") ?? throw new LocalClusterException(
            "missing redis-server: install it, e.g. 'apt-get install redis-server', or name a Redis that runs with --redis");
        _process = await ChildProcess.StartAsync(
            "redis", Path.Combine(folder, "redis.log"), new Dictionary<string, string>(),
            program, "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes",
            "--appendfsync", "always");
        await _process.ReadyAsync(token => LoopbackPorts.IsOpenAsync(port, token), TimeSpan.FromSeconds(30), cancellationToken);
    }

    /// <summary>Has it write what it has not written yet, and end.</summary>
    public Task StopAsync() => _process?.TerminateAsync(TimeSpan.FromSeconds(30)) ?? Task.CompletedTask;

    /// <summary>Halts it: connections stay, and nothing is answered until it is resumed.</summary>
    public void Pause() => _process?.Pause();

    /// <summary>Lets it go on.</summary>
    public void Resume() => _process?.Resume();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
