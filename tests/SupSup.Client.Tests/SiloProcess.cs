using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SupSup.Client.Tests;

/// <summary>The silo program as a process of its own, and a cluster client that reaches it over TCP: everything is serialised.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly IHost _client;

    private SiloProcess(Process process, IHost client)
    {
        _process = process;
        _client = client;
        Client = new SupSupClient(client.Services.GetRequiredService<IClusterClient>());
    }

    public SupSupClient Client { get; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<SiloProcess> StartAsync(string store)
    {
        int gateway = FreePort();
        Process process = Start(("SupSup__Storage__Directory", store), ("SupSup__Endpoints__SiloPort", $"{FreePort()}"), ("SupSup__Endpoints__GatewayPort", $"{gateway}"), ("SupSup__Http__Port", "0"), ("SupSup__Drain__Seconds", "0"), ("SupSup__Compute__DataFolder", DataFolder));
        StringBuilder said = new();
        while (await process.StandardOutput.ReadLineAsync(Stop) is { } line && !said.Append(line).ToString().Contains("Application started", StringComparison.Ordinal))
        {
        }

        Assert.False(process.HasExited, said.ToString());
        _ = process.StandardOutput.ReadToEndAsync(Stop);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleansClient(client => client.UseLocalhostClustering(gateway, "supsup", "supsup"));
        IHost host = builder.Build();
        await host.StartAsync(Stop);
        return new SiloProcess(process, host);
    }

    /// <summary>Starts the silo program with settings in its environment.</summary>
    public static Process Start(params (string Name, string Value)[] settings)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "SupSup.Silo")) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in settings) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public async ValueTask DisposeAsync()
    {
        await _client.StopAsync(CancellationToken.None);
        _client.Dispose();

        // SIGTERM, as an orchestrator stops it.
        using (Process terminate = Process.Start("kill", ["-TERM", $"{_process.Id}"])) await terminate.WaitForExitAsync(CancellationToken.None);
        await _process.WaitForExitAsync(CancellationToken.None);
        Assert.Equal(0, _process.ExitCode);
        _process.Dispose();
    }

    private static string DataFolder { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("SUPSUP_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".supsup"),
        "data");

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
