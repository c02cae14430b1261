using SupSup.Core.Devices;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Engines;

/// <summary>The engines of this build.</summary>
public static class NetworkEngines
{
    // On one thread: tasks are trained side by side, and a mask must not depend on the number of cores.
    private static readonly Lazy<INetworkEngine?> OfTorch =
        new(() => (TorchBackend.Find() as ITorchEngines)?.CreateEngine(ComputeDevice.Cpu));

    /// <summary>This project's own engines; the first that can run a plan does, and where none can, that of libtorch.</summary>
    public static IReadOnlyList<INetworkEngine> All { get; } = [new DenseEngine(), new ConvolutionEngine()];

    /// <summary>Finds the engine of a plan on the processor.</summary>
    /// <param name="plan">The plan.</param>
    /// <exception cref="ArgumentException">No engine can run it: it needs that of libtorch, which this build has not.</exception>
    public static INetworkEngine For(NetworkPlan plan) =>
        All.FirstOrDefault(engine => engine.Runs(plan))
        ?? OfTorch.Value
        ?? throw new ArgumentException(
            $"network {plan} needs libtorch; {TorchBackend.Missing}, or use linear layers with ReLU between them, such as 784-300-100-500");

    /// <summary>Opens the network of one task, on the engine of its plan.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="mask">The task's mask.</param>
    /// <exception cref="ArgumentException">No engine can run it, or the mask has another shape than the network.</exception>
    public static IMaskedNetwork Open(FixedNetwork network, TaskMask mask) => For(network.Plan).Open(network, mask);
}
