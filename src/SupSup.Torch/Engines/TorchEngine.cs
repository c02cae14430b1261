using SupSup.Core.Devices;
using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Teams;
using SupSup.Torch.Devices;

namespace SupSup.Torch.Engines;

/// <summary>
/// Every plan, by libtorch's operations on one device. What is differentiated runs there; mask rule and optimiser are those of Core, on the
/// host, so that the same gradients give the same mask wherever they come from. On the processor the same order gives the same mask bit for
/// bit, with the same number of threads. A GPU may sum in another order each time: there, masks differ where rounding decides.
/// </summary>
/// <param name="device">The device; libtorch is loaded by what is first trained or opened.</param>
/// <param name="threads">Threads that libtorch may use on the host, at least 1.</param>
public sealed class TorchEngine(ComputeDevice device, int threads = 1) : INetworkEngine
{
    /// <inheritdoc/>
    public string Name => "torch";

    /// <inheritdoc/>
    public bool Runs(NetworkPlan plan) => true;

    /// <inheritdoc/>
    public ITrainingStep Train(FixedNetwork network, IMaskRule rule, IScoreOptimizer optimizer, double decay, int rows, ITeam team)
    {
        FreedMemory.Keep();
        return new TorchStep(network, (rule, optimizer, decay), team, device.ToTorch(), threads);
    }

    /// <inheritdoc/>
    public IMaskedNetwork Open(FixedNetwork network, TaskMask mask)
    {
        FreedMemory.Keep();
        return new TorchNetwork(network, mask, device.ToTorch(), threads);
    }
}
