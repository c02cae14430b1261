using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using SupSup.Grains.Compute;
using SupSup.Grains.Data;
using SupSup.Grains.Models;
using SupSup.Grains.Placement;
using SupSup.Grains.Sent;
using SupSup.Grains.Shards;
using SupSup.Grains.Storage;
using SupSup.Grains.Tasks;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains;

/// <summary>Registers what the grains of a silo share.</summary>
public static class ServiceRegistration
{
    /// <summary>Adds what the grains of a silo share, and tells other silos whether this one has a GPU and what it reads.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="compute">How it spends its cores, and its GPU if it has one.</param>
    /// <param name="shards">How masks are held in memory; null is as usual.</param>
    /// <param name="limits">How many models there may be, and how large; null is as usual.</param>
    /// <param name="tasks">What is kept of tasks; null is as usual.</param>
    public static ISiloBuilder AddSupSupGrains(
        this ISiloBuilder silo, ComputeOptions compute, ShardOptions? shards = null, ModelLimits? limits = null,
        TaskOptions? tasks = null)
    {
        ArgumentNullException.ThrowIfNull(compute);
        silo.Services.AddSupSupGrains();
        if (shards is not null) silo.Services.AddSingleton(Options.Create(shards));
        if (tasks is not null) silo.Services.AddSingleton(Options.Create(tasks));
        if (limits is not null) silo.Services.AddSingleton(Options.Create(limits));
        silo.Services.AddSingleton(Options.Create(compute));
        return silo.UseSiloMetadata(new Dictionary<string, string>
        {
            [GpuSilos.MetadataKey] = compute.HasGpu ? "true" : "false",
            [MaskVersions.MetadataKey] = MaskVersions.MetadataValue,
        });
    }

    /// <summary>Adds the compute threads, the network catalogue and the datasets; grain storage named
    /// <see cref="StorageNames.Provider"/> is the host's choice.</summary>
    /// <param name="services">The silo's services.</param>
    public static IServiceCollection AddSupSupGrains(this IServiceCollection services)
    {
        services.AddOptions<ComputeOptions>();
        services.AddOptions<ShardOptions>();
        services.AddOptions<ModelLimits>();
        services.AddOptions<TaskOptions>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<SupSupTelemetry>();
        services.AddSingleton<InferenceMetrics>();
        services.AddSingleton<UsageMetrics>();
        services.AddSingleton<TrainingMetrics>();
        services.AddSingleton<MaskMetrics>();
        services.AddSingleton<RequestMetrics>();
        services.AddSingleton<StorageMetrics>();
        services.AddSingleton<GpuSilos>();
        services.AddSingleton<GpuTraining>();
        services.AddSingleton<TrainingServices>();
        services.AddPlacementFilter<GpuSilosFilterStrategy, GpuSilosFilterDirector>(ServiceLifetime.Transient);
        services.AddSingleton<SpreadPlacementDirector>();
        services.AddPlacementDirector<SpreadPlacement, SpreadPlacementDirector>();
        services.AddSingleton<ShardCopies>();
        services.AddSingleton<ShardMoves>();
        services.AddSingleton<PassedMemory>();
        services.AddSingleton<GrainRecords>();
        services.AddSingleton<MaskVersions>();
        services.AddSingleton<MaskArchive>();
        services.AddSingleton<NetworkCatalog>();
        services.AddSingleton<PreparedFactors>();
        services.AddSingleton<OpenNetworks>();
        services.AddSingleton<SentDataArchive>();
        services.AddSingleton<TaskDataLibrary>();
        services.AddSingleton<InferenceCompute>();
        services.AddSingleton<TrainingCompute>();
        services.AddSingleton<StepCompute>();
        services.AddSingleton<ITaskTraining>(provider => provider.GetRequiredService<IOptions<ComputeOptions>>().Value.UsesGroups
            ? ActivatorUtilities.CreateInstance<GroupTraining>(provider)
            : ActivatorUtilities.CreateInstance<ThreadTraining>(provider));
        return services;
    }
}
