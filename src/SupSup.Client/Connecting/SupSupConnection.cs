using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>A connection to a cluster, and the client library over it. It finds its way back to silos that
/// restart. Thread-safe; one per process is enough.</summary>
public sealed class SupSupConnection : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly Retrier _retrier;
    private int _disposed;

    private SupSupConnection(IHost host, Retrier retrier)
    {
        _host = host;
        _retrier = retrier;
        Client = new SupSupClient(host.Services.GetRequiredService<IClusterClient>(), retrier);
    }

    /// <summary>The client library.</summary>
    public SupSupClient Client { get; }

    /// <summary>Connects; tries until a silo answers or <see cref="SupSupClientOptions.ConnectTimeout"/> has passed.</summary>
    /// <param name="options">Which cluster, how patiently.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="SupSupException">Unavailable: no silo answered. InvalidRequest: an address cannot be read.</exception>
    public static Task<SupSupConnection> ConnectAsync(SupSupClientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);

        // Not on the caller's context, whose thread may be a user interface's.
        return Task.Run(
            async () =>
            {
                Retrier retrier = new(options.Retry);
                HostApplicationBuilder builder =
                    Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
                options.Logging?.Invoke(builder.Logging);
                builder.UseOrleansClient(client => client.UseSupSup(options, retrier));
                IHost host = builder.Build();
                try
                {
                    await host.StartAsync(cancellationToken);
                    return new SupSupConnection(host, retrier);
                }
                catch
                {
                    await StopAsync(host);
                    throw;
                }
            },
            cancellationToken);
    }

    /// <summary>Connects to a gateway on this machine, for trying things out.</summary>
    /// <param name="port">The gateway's port.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="SupSupException">Unavailable: no silo answered.</exception>
    public static Task<SupSupConnection> ConnectAsync(int port = 30000, CancellationToken cancellationToken = default)
    {
        SupSupClientOptions options = new();
        options.Gateways.Add($"127.0.0.1:{port}");
        return ConnectAsync(options, cancellationToken);
    }

    /// <summary>Disconnects; calls under way end with <see cref="ObjectDisposedException"/>. What the cluster
    /// was asked to do goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _retrier.Close();
        await StopAsync(_host);
    }

    private static async Task StopAsync(IHost host)
    {
        try
        {
            await host.StopAsync(CancellationToken.None);
        }
#pragma warning disable CA1031 // Whatever a half-open connection says at its end helps no one.
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        if (host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        else host.Dispose();
    }
}
