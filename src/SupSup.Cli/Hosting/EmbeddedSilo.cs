using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SupSup.Client;
using SupSup.Silo;
using SupSup.Silo.Settings;

namespace SupSup.Cli.Hosting;

/// <summary>A silo in this process, on a local store: what the tool uses when it is not pointed at a cluster.</summary>
internal sealed class EmbeddedSilo : IAsyncDisposable
{
    private readonly IHost _host;

    private EmbeddedSilo(IHost host)
    {
        _host = host;
        Client = new SupSupClient(host.Services.GetRequiredService<IGrainFactory>());
    }

    /// <summary>The client library over the silo.</summary>
    public SupSupClient Client { get; }

    /// <summary>The silo's services.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Starts the silo; the store's folder is created if it does not exist.</summary>
    public static async Task<EmbeddedSilo> StartAsync(
        StoreOptions options, CancellationToken cancellationToken, Action<SiloSettings>? configure = null)
    {
        SiloSettings settings = SiloSettings.Embedded(options.Store, FreePort());
        settings.Compute.DataFolder = options.Data;
        configure?.Invoke(settings);
        IHost host = SiloHost.Build(settings, logging =>
        {
            if (!options.Verbose) return;
            logging.AddSimpleConsole(SiloProgram.WriteOnOneLine).SetMinimumLevel(LogLevel.Information);
            logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
                console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        });
        try
        {
            await host.StartAsync(cancellationToken);
            return new EmbeddedSilo(host);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Starts the silo on a store that exists.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static Task<EmbeddedSilo> OpenAsync(
        StoreOptions options,
        CancellationToken cancellationToken,
        Action<SiloSettings>? configure = null) => Directory.Exists(options.Store)
        ? StartAsync(options, cancellationToken, configure)
        : throw new DirectoryNotFoundException(
            $"there is no store at {options.Store}; '{SupSupHome.Command} demo' and 'train' make one, --store DIR names another");

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    /// <summary>A port that nothing listens on.</summary>
    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
