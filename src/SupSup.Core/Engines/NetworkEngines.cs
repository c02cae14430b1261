using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Engines;

/// <summary>The engines of this build.</summary>
public static class NetworkEngines
{
    /// <summary>Every engine; the first that can run a plan does.</summary>
    public static IReadOnlyList<INetworkEngine> All { get; } = [new DenseEngine(), new ConvolutionEngine()];

    /// <summary>Finds the engine of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <exception cref="ArgumentException">No engine can run it.</exception>
    public static INetworkEngine For(NetworkPlan plan) =>
        All.FirstOrDefault(engine => engine.Runs(plan))
        ?? throw new ArgumentException(
            $"no engine of this build runs network {plan}; use linear layers with ReLU between them, such as 784-300-100-500");

    /// <summary>Opens the network of one task, on the engine of its plan.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="mask">The task's mask.</param>
    /// <exception cref="ArgumentException">No engine can run it, or the mask has another shape than the network.</exception>
    public static IMaskedNetwork Open(FixedNetwork network, TaskMask mask) => For(network.Plan).Open(network, mask);
}
