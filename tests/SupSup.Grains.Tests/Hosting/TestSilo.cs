using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SupSup.Client;
using SupSup.LocalCluster;
using SupSup.Silo;
using SupSup.Silo.Settings;

namespace SupSup.Grains.Tests.Hosting;

/// <summary>A real silo in this process, composed as the product composes it, on a store of its own.</summary>
internal sealed class TestSilo : IAsyncDisposable
{
    private readonly IHost _host;

    private TestSilo(IHost host)
    {
        _host = host;
        Grains = host.Services.GetRequiredService<IGrainFactory>();
        Client = new SupSupClient(Grains);
    }

    public IGrainFactory Grains { get; }

    public SupSupClient Client { get; }

    public IServiceProvider Services => _host.Services;

    public static async Task<TestSilo> StartAsync(string store, Action<SiloSettings>? configure = null)
    {
        SiloSettings settings = SiloSettings.Embedded(store, LoopbackPorts.Free(1)[0]);
        settings.Compute.DataFolder = RealData.Folder;
        configure?.Invoke(settings);
        IHost host = SiloHost.Build(settings, _ => { });
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new TestSilo(host);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }
}
