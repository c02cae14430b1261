using Microsoft.Extensions.Options;

namespace SupSup.Grains.Compute;

/// <summary>
/// A silo's threads for steps on submitted batches. A step is as short as an inference pass, so it must not queue behind
/// whole trainings; and it must not keep a query waiting, so it has no inference thread either.
/// </summary>
/// <param name="options">How many.</param>
public sealed class StepCompute(IOptions<ComputeOptions> options)
    : WorkerPool("supsup steps", options.Value.EffectiveTrainingThreads, options.Value.TrainingNiceness);
