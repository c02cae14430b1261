using Microsoft.Extensions.DependencyInjection;
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
            options.InferencePasses = settings.Compute.InferencePasses;
            options.CheckpointSeconds = settings.Compute.CheckpointSeconds;
            options.CheckpointBatches = settings.Compute.CheckpointBatches;
            options.MaskFetches = settings.Compute.MaskFetches;
        });
        return silo;
    }
}
