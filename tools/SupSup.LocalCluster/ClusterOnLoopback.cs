using SupSup.Client;

namespace SupSup.LocalCluster;

/// <summary>Silos on this machine that make one cluster, with Redis for membership and Azurite for storage
/// unless others are named.</summary>
public sealed class ClusterOnLoopback : IAsyncDisposable
{
    private readonly ClusterOptions _options;
    private readonly string _redis;
    private readonly Dictionary<string, string> _settings;
    private readonly List<SiloProcess> _silos;

    private ClusterOnLoopback(ClusterOptions options)
    {
        _options = options;
        int[] ports = LoopbackPorts.Free(2 + (3 * options.Silos));
        if (options.Redis is null) Redis = new RedisServer(Path.Combine(options.Folder, "redis"), ports[0]);
        if (options.Storage is null) Azurite = new AzuriteServer(Path.Combine(options.Folder, "azurite"), ports[1]);
        _redis = options.Redis ?? Redis!.ConnectionString;
        _settings = new()
        {
            ["ServiceId"] = options.ServiceId,
            ["ClusterId"] = options.ClusterId,
            ["Membership:Kind"] = "redis",
            ["Membership:Redis"] = _redis,
            ["Storage:Kind"] = "azure",
            ["Storage:ConnectionString"] = options.Storage ?? Azurite!.ConnectionString,
            ["Compute:DataFolder"] = options.Data,
        };
        foreach ((string name, string value) in options.Settings) _settings[name] = value;
        _silos = [.. Enumerable.Range(0, options.Silos).Select(n => Silo(n, ports.AsSpan(2 + (3 * n), 3), _settings))];
    }

    public IReadOnlyList<SiloProcess> Silos => _silos;

    /// <summary>The cluster's Redis, where it was started here.</summary>
    public RedisServer? Redis { get; }

    /// <summary>The cluster's storage, where it was started here.</summary>
    public AzuriteServer? Azurite { get; }

    /// <summary>Starts everything, and waits until all silos are ready.</summary>
    /// <param name="options">What to start.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LocalClusterException">A process cannot be started.</exception>
    public static async Task<ClusterOnLoopback> StartAsync(ClusterOptions options, CancellationToken cancellationToken)
    {
        ClusterOnLoopback cluster = new(options);
        try
        {
            await Task.WhenAll(cluster.Redis?.StartAsync(cancellationToken)
                ?? Task.CompletedTask, cluster.Azurite?.StartAsync(cancellationToken) ?? Task.CompletedTask);
            await cluster.StartSilosAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds a silo; it is not started yet.</summary>
    /// <param name="settings">Settings that differ from those of the others.</param>
    public SiloProcess AddSilo(params (string Name, string Value)[] settings)
    {
        Dictionary<string, string> all = new(_settings);
        foreach ((string name, string value) in settings) all[name] = value;
        SiloProcess silo = Silo(_silos.Count, LoopbackPorts.Free(3), all);
        _silos.Add(silo);
        return silo;
    }

    /// <summary>Starts the silos that do not run, and waits until all are ready.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task StartSilosAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Silos.Where(silo => !silo.IsRunning).Select(silo => silo.StartAsync(cancellationToken)));

    /// <summary>Stops the silos as an orchestrator does, all at once.</summary>
    /// <returns>Their exit codes; null for one that had to be killed.</returns>
    public Task<int?[]> StopSilosAsync() => Task.WhenAll(Silos.Select(silo => silo.StopAsync()));

    /// <summary>What clients connect with.</summary>
    public SupSupClientOptions ClientOptions() => new() { ServiceId = _options.ServiceId, ClusterId = _options.ClusterId, Redis = _redis };

    /// <summary>Ends all processes at once.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (SiloProcess silo in Silos) await silo.DisposeAsync();
        if (Redis is not null) await Redis.DisposeAsync();
        if (Azurite is not null) await Azurite.DisposeAsync();
    }

    private SiloProcess Silo(int number, ReadOnlySpan<int> ports, Dictionary<string, string> settings) => new(
        _options.Program, $"silo-{number}", Path.Combine(_options.Folder, $"silo-{number}.log"), (ports[0], ports[1], ports[2]), settings);
}
