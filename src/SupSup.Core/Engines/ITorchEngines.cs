using SupSup.Core.Devices;
using SupSup.Core.Inference;
using SupSup.Core.Networks;

namespace SupSup.Core.Engines;

/// <summary>What makes engines of libtorch: the <see cref="ITorchBackend"/>.</summary>
public interface ITorchEngines
{
    /// <summary>Makes an engine that runs every plan. libtorch is loaded by what it first trains or opens.</summary>
    /// <param name="device">Where. On the processor the same order gives the same mask bit for bit with the same number of threads; a
    /// GPU does not promise it.</param>
    /// <param name="threads">Threads that libtorch may use on the host, at least 1.</param>
    INetworkEngine CreateEngine(ComputeDevice device, int threads = 1);

    /// <summary>Differentiates the mean objective of a batch over all weights of any plan, on the calling thread; the batch is
    /// normalised by its own statistics.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="weights">Per layer [out · in].</param>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="objective">The objective.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <returns>Per layer [out · in].</returns>
    /// <exception cref="ArgumentException">The inputs are no rows, or a normalisation has one value a channel.</exception>
    float[][] Differentiate(
        NetworkPlan plan, IReadOnlyList<float[]> weights, ReadOnlySpan<float> inputs, IObjective objective, int classes);
}
