using Microsoft.Extensions.Options;

namespace SupSup.Grains.Compute;

/// <summary>A silo's threads for training, one task each at a time.</summary>
/// <param name="options">How many.</param>
public sealed class TrainingCompute(IOptions<ComputeOptions> options)
    : WorkerPool("supsup training", options.Value.EffectiveTrainingThreads, options.Value.TrainingNiceness);
