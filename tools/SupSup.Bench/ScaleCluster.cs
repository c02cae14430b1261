using SupSup.Client;
using SupSup.LocalCluster;

namespace SupSup.Bench;

/// <summary>Silos on this machine, each a process: one on a directory, or several on Redis and Azurite.</summary>
internal sealed class ScaleCluster : IAsyncDisposable
{
    private readonly ClusterOnLoopback? _cluster;

    private ScaleCluster(IReadOnlyList<SiloProcess> silos, ClusterOnLoopback? cluster) => (Silos, _cluster) = (silos, cluster);

    public IReadOnlyList<SiloProcess> Silos { get; }

    /// <summary>Bytes that the silos occupy together.</summary>
    public double MemoryBytes => Silos.Sum(silo => silo.MemoryBytes);

    /// <summary>Starts them.</summary>
    /// <param name="silos">How many.</param>
    /// <param name="folder">Folder of logs and of what is stored.</param>
    /// <param name="data">Folder of datasets.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<ScaleCluster> StartAsync(int silos, string folder, string data, CancellationToken cancellationToken)
    {
        if (silos > 1)
        {
            ClusterOnLoopback cluster = await ClusterOnLoopback.StartAsync(
                new ClusterOptions { Silos = silos, Folder = folder, Data = data }, cancellationToken);
            return new ScaleCluster(cluster.Silos, cluster);
        }

        Directory.CreateDirectory(folder);
        return new ScaleCluster([await SiloProcess.StartNewAsync(
            new ClusterOptions { Folder = folder, Data = data }.Program,
            "silo-0",
            Path.Combine(folder, "silo-0.log"),
            new Dictionary<string, string> { ["Storage:Directory"] = Path.Combine(folder, "store"), ["Compute:DataFolder"] = data },
            cancellationToken)], null);
    }

    /// <summary>Connects a client.</summary>
    public Task<SupSupConnection> ConnectAsync(CancellationToken cancellationToken) => _cluster is null
        ? SupSupConnection.ConnectAsync(Silos[0].GatewayPort, cancellationToken)
        : SupSupConnection.ConnectAsync(_cluster.ClientOptions(), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (SiloProcess silo in Silos) await silo.DisposeAsync();
        if (_cluster is not null) await _cluster.DisposeAsync();
    }
}
