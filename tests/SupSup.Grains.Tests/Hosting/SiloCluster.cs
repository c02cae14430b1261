using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Serialization;
using Orleans.TestingHost;
using SupSup.Client;
using SupSup.Grains.Compute;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Tests.Hosting;

/// <summary>Silos of one cluster in this process, some of which say that they have a GPU, on one storage.</summary>
internal sealed class SiloCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private SiloCluster(InProcessTestCluster cluster, SharedStorage storage)
    {
        _cluster = cluster;
        Storage = storage;
        Client = new SupSupClient(cluster.Client);
    }

    public SharedStorage Storage { get; }

    public SupSupClient Client { get; }

    public IGrainFactory Grains => _cluster.Client;

    /// <summary>Starts silos.</summary>
    /// <param name="silos">For each whether it says that it has a GPU.</param>
    /// <param name="checkpointSeconds">Seconds of training between checkpoints.</param>
    /// <param name="storage">Their store; null makes one.</param>
    /// <param name="configure">What else they have.</param>
    public static async Task<SiloCluster> StartAsync(
        bool[] silos, double checkpointSeconds = 10, SharedStorage? storage = null, Action<ISiloBuilder>? configure = null)
    {
        storage ??= new SharedStorage();
        InProcessTestClusterBuilder builder = new((short)silos.Length);
        builder.Options.AssumeHomogenousSilosForTesting = false; // or placement filters would not count
        builder.Options.ConfigureFileLogging = false;
        int started = -1;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddSupSupGrains(new ComputeOptions
            {
                DeclareGpu = silos[Interlocked.Increment(ref started)],
                TrainingThreads = 1,
                InferenceThreads = 1,
                CheckpointSeconds = checkpointSeconds,
                DataFolder = RealData.Folder,
            });
            configure?.Invoke(silo);
            silo.Services.AddSingleton(new StorageDamage(_ => false));
            silo.Services.AddKeyedSingleton(StorageNames.Provider, (services, _) => storage.Of(services.GetRequiredService<Serializer>()));
            silo.Configure<ClusterMembershipOptions>(options =>
            {
                options.ProbeTimeout = options.MinProbeTimeout = TimeSpan.FromSeconds(0.5);
                options.MaxProbeTimeout = TimeSpan.FromSeconds(2);
            });
        });
        InProcessTestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        return new SiloCluster(cluster, storage);
    }

    /// <summary>Names of the silos, in the order in which they were started.</summary>
    public List<string> Names => [.. _cluster.Silos.Select(silo => silo.Name)];

    /// <summary>Names of the silos that say that they have a GPU.</summary>
    public HashSet<string> GpuSilos() =>
        [.. _cluster.Silos.Where(silo => _cluster.GetSiloServiceProvider(silo.SiloAddress)
            .GetRequiredService<Microsoft.Extensions.Options.IOptions<ComputeOptions>>().Value.DeclareGpu).Select(silo => silo.Name)];

    /// <summary>The name of the silo whose services are such.</summary>
    public string NameOf(Func<IServiceProvider, bool> which) =>
        _cluster.Silos.Single(silo => which(_cluster.GetSiloServiceProvider(silo.SiloAddress))).Name;

    /// <summary>Waits until each silo knows the metadata of all.</summary>
    public async Task UntilAllIsToldAsync(CancellationToken stop)
    {
        foreach (InProcessSiloHandle silo in _cluster.Silos)
        {
            ISiloMetadataCache known = _cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<ISiloMetadataCache>();
            while (_cluster.Silos.Any(other => known.GetSiloMetadata(other.SiloAddress).Metadata.IsEmpty)) await Task.Delay(20, stop);
        }
    }

    /// <summary>Ends a silo without any farewell.</summary>
    public Task KillAsync(string name) => _cluster.KillSiloAsync(_cluster.Silos.Single(silo => silo.Name == name));

    /// <summary>Ends an activation as a silo that drains does.</summary>
    public Task DeactivateAsync(IAddressable grain) => _cluster.DeactivateAsync(grain);

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
