using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace SupSup.TestHosts;

/// <summary>
/// A Redis server on a loopback port, its append-only file in a folder. It ends with the process that started it.
/// </summary>
public sealed partial class RedisServer : IAsyncDisposable
{
    private const int Tries = 5;

    private readonly string _folder;
    private ServerProcess? _process;

    private RedisServer(string folder) => _folder = folder;

    /// <summary>The port it listens on; a restart keeps it.</summary>
    public int Port { get; private set; }

    /// <summary>How to reach it with StackExchange.Redis.</summary>
    public string ConnectionString => $"127.0.0.1:{Port},abortConnect=false";

    /// <summary>Starts Redis and waits until it takes connections.</summary>
    /// <param name="folder">Where its data lies; created when missing.</param>
    /// <param name="port">The port, or 0 for any free one.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="InvalidOperationException">It did not start.</exception>
    public static async Task<RedisServer> StartAsync(
        string folder, int port = 0, CancellationToken cancellationToken = default)
    {
        var server = new RedisServer(folder);
        for (int tries = 1; ; tries++)
        {
            server.Port = port == 0 ? FreePort() : port;
            try
            {
                await server.StartAgainAsync(cancellationToken);
                return server;
            }
            catch (InvalidOperationException) when (port == 0 && tries < Tries)
            {
                // Another process may have taken the port in the meantime: Redis cannot choose one by itself.
            }
        }
    }

    /// <summary>Starts it anew after it was stopped, on the same folder and port.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        if (_process is not null) throw new InvalidOperationException("Redis is running");
        Directory.CreateDirectory(_folder);
        (_process, _) = await ServerProcess.StartAsync(
            "redis-server",
            [
                "--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--dir", _folder,
                "--daemonize", "no",
            ],
            Ready,
            cancellationToken);
    }

    /// <summary>Ends it and waits until it is gone.</summary>
    /// <param name="kill">Whether it is killed; it may then forget its last second.</param>
    public async Task StopAsync(bool kill = false)
    {
        if (_process is null) return;
        await _process.StopAsync(kill);
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>Halts it: connections stay, and nothing is answered until <see cref="Resume"/>.</summary>
    public void Pause() => Running.Pause();

    /// <summary>Lets it go on after <see cref="Pause"/>.</summary>
    public void Resume() => Running.Resume();

    /// <summary>Kills it. The folder stays.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(kill: true);

    private ServerProcess Running => _process ?? throw new InvalidOperationException("Redis is not running");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("Ready to accept connections")]
    private static partial Regex Ready { get; }
}
