using Azure.Storage.Blobs;
using SupSup.Client;
using SupSup.LocalCluster;

namespace SupSup.ClusterTests.Hosting;

/// <summary>A cluster of silo processes with Redis and Azurite of its own, and a client.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly string _folder;

    private TestCluster(string folder, ClusterOnLoopback cluster, SupSupConnection connection)
    {
        _folder = folder;
        Cluster = cluster;
        Connection = connection;
    }

    public ClusterOnLoopback Cluster { get; }

    public SupSupConnection Connection { get; }

    public SupSupClient Client => Connection.Client;

    /// <summary>The container of the cluster's storage.</summary>
    public BlobContainerClient Blobs => new BlobServiceClient(Cluster.Azurite!.ConnectionString).GetBlobContainerClient("grainstate");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static Task<TestCluster> StartAsync(int silos = 3, params (string Name, string Value)[] settings) =>
        StartAsync(options => options with { Silos = silos }, settings);

    public static async Task<TestCluster> StartAsync(
        Func<ClusterOptions, ClusterOptions> change, params (string Name, string Value)[] settings)
    {
        string folder = Directory.CreateTempSubdirectory("supsup-cluster-").FullName;
        ClusterOnLoopback cluster = await ClusterOnLoopback.StartAsync(
            change(new ClusterOptions
            {
                Folder = folder,
                Data = RealData.Folder,
                Settings = settings.ToDictionary(setting => setting.Name, setting => setting.Value)
            }), Stop);
        try
        {
            return new TestCluster(folder, cluster, await SupSupConnection.ConnectAsync(cluster.ClientOptions(), Stop));
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await Cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
