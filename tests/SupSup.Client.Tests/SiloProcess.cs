using System.Diagnostics;
using System.Text;
using SupSup.LocalCluster;

namespace SupSup.Client.Tests;

/// <summary>The silo program as a process of its own, and a cluster client that reaches it over TCP: everything is serialised.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly SupSupConnection _connection;
    private bool _killed;

    private SiloProcess(Process process, SupSupConnection connection, int siloPort, int gateway)
    {
        _process = process;
        _connection = connection;
        (SiloPort, Gateway) = (siloPort, gateway);
    }

    public SupSupClient Client => _connection.Client;

    /// <summary>Port of the gateway.</summary>
    public int Gateway { get; }

    /// <summary>Port for other silos.</summary>
    public int SiloPort { get; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Starts the silo and connects to it.</summary>
    /// <param name="store">Its store.</param>
    /// <param name="ports">Where one ran before, whose place it takes.</param>
    /// <param name="settings">Further settings.</param>
    public static async Task<SiloProcess> StartAsync(string store, SiloProcess? ports = null, params (string Name, string Value)[] settings)
    {
        (int silo, int gateway) = (ports?.SiloPort ?? LoopbackPorts.Free(1)[0], ports?.Gateway ?? LoopbackPorts.Free(1)[0]);
        Process process = Start(store, silo, gateway, settings);
        StringBuilder said = new();
        while (await process.StandardOutput.ReadLineAsync(Stop) is { } line
            && !said.AppendLine(line).ToString().Contains("Application started", StringComparison.Ordinal))
        {
        }

        Assert.False(process.HasExited, said.ToString());
        _ = process.StandardOutput.ReadToEndAsync(Stop);
        _ = process.StandardError.ReadToEndAsync(Stop);
        return new SiloProcess(process, await SupSupConnection.ConnectAsync(gateway, Stop), silo, gateway);
    }

    /// <summary>Starts the silo program on a store and real data.</summary>
    public static Process Start(string store, int siloPort, int gateway, params (string Name, string Value)[] settings) =>
        Start([("SupSup__Storage__Directory", store), ("SupSup__Endpoints__SiloPort", $"{siloPort}"),
            ("SupSup__Endpoints__GatewayPort", $"{gateway}"), ("SupSup__Http__Port", "0"), ("SupSup__Drain__Seconds", "0"),
            ("SupSup__Compute__DataFolder", DataFolder), .. settings]);

    /// <summary>Ends the silo with SIGKILL: it has no time for anything.</summary>
    public async Task KillAsync()
    {
        _killed = true;
        _process.Kill();
        await _process.WaitForExitAsync(Stop);
    }

    /// <summary>Starts the silo program with settings in its environment.</summary>
    public static Process Start(params (string Name, string Value)[] settings)
    {
        ProcessStartInfo start =
            new(Path.Combine(AppContext.BaseDirectory, "SupSup.Silo")) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in settings) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        if (_killed)
        {
            _process.Dispose();
            return;
        }

        // SIGTERM, as an orchestrator stops it.
        using (Process terminate = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            await terminate.WaitForExitAsync(CancellationToken.None);
        await _process.WaitForExitAsync(CancellationToken.None);
        Assert.Equal(0, _process.ExitCode);
        _process.Dispose();
    }

    /// <summary>The real datasets.</summary>
    public static string DataFolder { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("SUPSUP_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".supsup"),
        "data");
}
