using SupSup.Client;

namespace SupSup.Cli.Hosting;

/// <summary>Where a command finds its models: a running cluster where one is named, else the store, on a silo in this process.</summary>
internal sealed class ModelHost : IAsyncDisposable
{
    private readonly IAsyncDisposable _host;

    private ModelHost(IAsyncDisposable host, SupSupClient client)
    {
        _host = host;
        Client = client;
    }

    /// <summary>The client library.</summary>
    public SupSupClient Client { get; }

    /// <summary>Connects, or starts a silo on a store that exists.</summary>
    /// <param name="cluster">The cluster, or null.</param>
    /// <param name="store">The store.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="DirectoryNotFoundException">There is no store.</exception>
    public static async Task<ModelHost> OpenAsync(SupSupClientOptions? cluster, StoreOptions store, CancellationToken cancellationToken)
    {
        if (cluster is null)
        {
            EmbeddedSilo silo = await EmbeddedSilo.OpenAsync(store, cancellationToken);
            return new ModelHost(silo, silo.Client);
        }

        SupSupConnection connection = await SupSupConnection.ConnectAsync(cluster, cancellationToken);
        return new ModelHost(connection, connection.Client);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
