using SupSup.Core.Devices;

namespace SupSup.Core.Engines;

/// <summary>What makes engines of libtorch: the <see cref="ITorchBackend"/>.</summary>
public interface ITorchEngines
{
    /// <summary>Makes an engine that runs every plan. libtorch is loaded by what it first trains or opens.</summary>
    /// <param name="device">Where. On the processor the same order gives the same mask bit for bit with the same number of threads; a
    /// GPU does not promise it.</param>
    /// <param name="threads">Threads that libtorch may use on the host, at least 1.</param>
    INetworkEngine CreateEngine(ComputeDevice device, int threads = 1);
}
