using System.Globalization;
using System.Text.Json;

namespace SupSup.LocalCluster;

/// <summary>A silo as a process. It can be killed and started again in its place.</summary>
public sealed class SiloProcess : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly string _log;
    private readonly Dictionary<string, string> _settings;
    private ChildProcess? _process;

    /// <summary>Describes a silo; it is not started yet.</summary>
    /// <param name="program">The silo program.</param>
    /// <param name="name">Name of the silo.</param>
    /// <param name="log">The file that its output is added to.</param>
    /// <param name="ports">Its ports: for silos, for clients, for HTTP.</param>
    /// <param name="settings">Its settings, such as "Membership:Redis", without the section's name.</param>
    public SiloProcess(
        string program, string name, string log, (int Silo, int Gateway, int Http) ports, IReadOnlyDictionary<string, string> settings)
    {
        Name = name;
        Program = program;
        _log = log;
        (SiloPort, GatewayPort, HttpPort) = ports;
        _settings = settings.ToDictionary(
            setting => $"SupSup__{setting.Key.Replace(":", "__", StringComparison.Ordinal)}", setting => setting.Value);
        _settings["SupSup__SiloName"] = name;
        _settings["SupSup__Endpoints__SiloPort"] = SiloPort.ToString(CultureInfo.InvariantCulture);
        _settings["SupSup__Endpoints__GatewayPort"] = GatewayPort.ToString(CultureInfo.InvariantCulture);
        _settings["SupSup__Http__Port"] = HttpPort.ToString(CultureInfo.InvariantCulture);
        _settings.TryAdd("SupSup__Http__GrpcPort", "0"); // silos share a machine, and its default port
    }

    public string Name { get; }

    /// <summary>The silo program; another one takes effect with the next start.</summary>
    public string Program { get; set; }

    /// <summary>Port for other silos.</summary>
    public int SiloPort { get; }

    /// <summary>Port for clients.</summary>
    public int GatewayPort { get; }

    public int HttpPort { get; }

    /// <summary>Its process id, once it was started.</summary>
    public int Id => _process!.Id;

    /// <summary>All that it wrote.</summary>
    public string Log => File.ReadAllText(_log);

    /// <summary>Bytes of memory that it occupies; 0 when it does not run.</summary>
    public long MemoryBytes => _process?.MemoryBytes ?? 0;

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Starts one on ports that are free.</summary>
    /// <param name="program">The silo program.</param>
    /// <param name="name">Name of the silo.</param>
    /// <param name="log">The file that its output is added to.</param>
    /// <param name="settings">Its settings but for ports, such as "Membership:Redis".</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LocalClusterException">It ended, or was not ready in time.</exception>
    public static async Task<SiloProcess> StartNewAsync(
        string program, string name, string log, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        int[] ports = LoopbackPorts.Free(3);
        SiloProcess silo = new(program, name, log, (ports[0], ports[1], ports[2]), settings);
        await silo.StartAsync(cancellationToken);
        return silo;
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LocalClusterException">It ended, or was not ready in time.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_process is not null) await _process.DisposeAsync();
        _process = await ChildProcess.StartAsync($"silo {Name}", _log, _settings, Program);
        await _process.ReadyAsync(IsReadyAsync, TimeSpan.FromMinutes(5), cancellationToken);
    }

    /// <summary>Whether its readiness probe is answered with success.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await Http.GetAsync(
                new Uri($"http://127.0.0.1:{HttpPort}/health/ready"), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (IsSilence(e, cancellationToken))
        {
            return false;
        }
    }

    /// <summary>The names of the active silos of the cluster, as it sees them, in order; none while it does not answer.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<string[]> MembersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using JsonDocument cluster = JsonDocument.Parse(
                await Http.GetStringAsync(new Uri($"http://127.0.0.1:{HttpPort}/v1/cluster"), cancellationToken));
            return [.. cluster.RootElement.GetProperty("silos").EnumerateArray()
                .Where(silo => silo.GetProperty("status").GetString() == "Active").Select(silo => silo.GetProperty("name").GetString()!)];
        }
        catch (Exception e) when (IsSilence(e, cancellationToken))
        {
            return [];
        }
    }

    /// <summary>Halts it: its connections stay, and it answers nothing until it is resumed.</summary>
    public void Pause() => _process?.Pause();

    /// <summary>Lets it go on.</summary>
    public void Resume() => _process?.Resume();

    /// <summary>Waits until it has ended by itself.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        await _process!.EndAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Ends it at once.</summary>
    public Task KillAsync() => _process?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Has it drain and end (SIGTERM).</summary>
    /// <returns>Its exit code, or null when it had to be killed after two minutes.</returns>
    public async Task<int?> StopAsync()
    {
        if (_process is null) return 0;
        return await _process.TerminateAsync(TimeSpan.FromMinutes(2)) ? _process.ExitCode : null;
    }

    private static bool IsSilence(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
