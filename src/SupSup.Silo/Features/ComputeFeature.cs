using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using SupSup.Grains;
using SupSup.Grains.Compute;

namespace SupSup.Silo.Features;

/// <summary>The threads that train and infer.</summary>
internal static class ComputeFeature
{
    /// <summary>Adds the compute services.</summary>
    public static ISiloBuilder AddCompute(this ISiloBuilder silo, SiloSettings settings)
    {
        silo.Services.AddSupSupGrains();
        silo.Services.Configure<ComputeOptions>(options =>
        {
            options.DataFolder = settings.Compute.DataFolder;
            options.TrainingThreads = settings.Compute.TrainingThreads;
            options.InferenceThreads = settings.Compute.InferenceThreads;
            options.InferenceBatchRows = settings.Compute.InferenceBatchRows;
            options.InferencePassWork = settings.Compute.InferencePassWork;
            options.InferencePasses = settings.Compute.InferencePasses;
            options.CheckpointSeconds = settings.Compute.CheckpointSeconds;
            options.CheckpointBatches = settings.Compute.CheckpointBatches;
            options.MaskFetches = settings.Compute.MaskFetches;
        });

        // A large request over many tasks takes longer than the default of 30 s on a busy silo.
        silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromMinutes(2));
        return silo;
    }
}
