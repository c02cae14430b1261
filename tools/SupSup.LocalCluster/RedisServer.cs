namespace SupSup.LocalCluster;

/// <summary>A Redis process on loopback; its data survive a restart.</summary>
/// <param name="folder">Folder of its data and its log.</param>
/// <param name="port">Its port.</param>
/// <param name="address">Another address of this machine for it to listen on.</param>
public sealed class RedisServer(string folder, int port, string address = LoopbackServer.Loopback) : LoopbackServer(folder, port, address)
{
    // It has no password, and refuses who is not on loopback unless it is told not to.
    private readonly string[] _stored =
        ["--dir", folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--protected-mode", "no"];

    /// <inheritdoc/>
    public override string ConnectionString => $"{Address}:{Port},abortConnect=false";

    private protected override (string Name, string[] Command) Program => ("redis",
        [Find("redis-server", "'apt-get install redis-server', or name a Redis that runs with --redis"),
            "--port", $"{Port}", "--bind", Address, .. _stored]);

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
}
