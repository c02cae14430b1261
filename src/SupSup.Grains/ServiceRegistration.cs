using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SupSup.Grains.Compute;
using SupSup.Grains.Data;
using SupSup.Grains.Models;

namespace SupSup.Grains;

/// <summary>Registers what the grains of a silo share.</summary>
public static class ServiceRegistration
{
    /// <summary>Adds the compute threads, the network catalogue and the datasets; grain storage named <see cref="StorageNames.Provider"/> is the host's choice.</summary>
    /// <param name="services">The silo's services.</param>
    public static IServiceCollection AddSupSupGrains(this IServiceCollection services)
    {
        services.AddOptions<ComputeOptions>()
            .Validate(o => o.TrainingThreads >= 0, "TrainingThreads must not be negative; 0 means one per core")
            .Validate(o => o.InferenceThreads >= 0, "InferenceThreads must not be negative; 0 means one per core")
            .Validate(o => o.InferenceBatchRows >= 1, "InferenceBatchRows must be at least 1")
            .Validate(o => o.InferencePasses >= 1, "InferencePasses must be at least 1")
            .Validate(o => o.CheckpointSeconds > 0, "CheckpointSeconds must be positive")
            .Validate(o => o.CheckpointBatches >= 1, "CheckpointBatches must be at least 1")
            .Validate(o => o.MaskFetches >= 1, "MaskFetches must be at least 1")
            .ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<NetworkCatalog>();
        services.AddSingleton<TaskDataLibrary>();
        services.AddSingleton<InferenceCompute>();
        services.AddSingleton<TrainingCompute>();
        return services;
    }
}
