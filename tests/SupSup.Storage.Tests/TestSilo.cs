using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SupSup.LocalCluster;

namespace SupSup.Storage.Tests;

/// <summary>Starts a silo of this process for a test of a provider named "masks".</summary>
public static class TestSilo
{
    /// <summary>Starts a silo; everything it logs goes to the log, where there is one.</summary>
    public static async Task<IHost> StartAsync(Action<ISiloBuilder> storage, ILoggerProvider? log = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(log is null ? LogLevel.None : LogLevel.Trace);
        if (log is not null) builder.Logging.AddProvider(log);
        builder.UseOrleans(silo => storage(silo.UseLocalhostClustering(LoopbackPorts.Free(1)[0], LoopbackPorts.Free(1)[0])));
        IHost host = builder.Build();
        try
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    public static INotebookGrain Notebook(this IHost host, string key) =>
        host.Services.GetRequiredService<IGrainFactory>().GetGrain<INotebookGrain>(key);
}
