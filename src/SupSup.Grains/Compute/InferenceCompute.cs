using Microsoft.Extensions.Options;

namespace SupSup.Grains.Compute;

/// <summary>A silo's threads for inference.</summary>
/// <param name="options">How many.</param>
public sealed class InferenceCompute(IOptions<ComputeOptions> options)
    : WorkerPool("supsup inference", options.Value.EffectiveInferenceThreads);
