using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace SupSup.TestHosts;

/// <summary>The silo program as a process of its own, on loopback ports. It ends with the process that started it.</summary>
public sealed partial class SiloServer : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private SiloServer(ServerProcess process, int siloPort, int gateway, int http)
    {
        _process = process;
        (SiloPort, Gateway) = (siloPort, gateway);
        Health = new Uri($"http://127.0.0.1:{http}/health/");
    }

    /// <summary>Port for other silos.</summary>
    public int SiloPort { get; }

    /// <summary>Port for clients.</summary>
    public int Gateway { get; }

    /// <summary>Where health is asked for: "ready", "live" and "startup" lie below.</summary>
    public Uri Health { get; }

    /// <summary>Whether it has not ended.</summary>
    public bool IsRunning => _process.IsRunning;

    /// <summary>Starts a silo and waits until it is active.</summary>
    /// <param name="settings">Its settings but for ports, as flags without dashes: "Storage:Directory=/tmp/store".</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="InvalidOperationException">It did not start; the message has what it said.</exception>
    public static async Task<SiloServer> StartAsync(IEnumerable<string> settings, CancellationToken cancellationToken = default)
    {
        int[] ports = FreePorts(3);
        (ServerProcess process, _) = await ServerProcess.StartAsync(
            Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"),
            [.. settings.Select(setting => $"--{setting}"), $"--Endpoints:SiloPort={ports[0]}", $"--Endpoints:GatewayPort={ports[1]}", $"--Http:Port={ports[2]}"],
            Started,
            cancellationToken);
        return new SiloServer(process, ports[0], ports[1], ports[2]);
    }

    /// <summary>Sends SIGTERM, as an orchestrator does.</summary>
    public void AskToEnd() => _process.AskToEnd();

    /// <summary>Waits until it has ended.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> EndAsync(CancellationToken cancellationToken = default) => _process.EndAsync(cancellationToken);

    /// <summary>Ends it with SIGKILL: it has no time for anything.</summary>
    public Task KillAsync() => _process.StopAsync(kill: true);

    /// <summary>Kills it.</summary>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    // All are held until each is found, so that they differ.
    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners) listener.Start();
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners) listener.Dispose();
        return ports;
    }

    [GeneratedRegex("Application started")]
    private static partial Regex Started { get; }
}
