using SupSup.Core.Inference;
using SupSup.Core.Kernels;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Teams;

namespace SupSup.Core.Engines;

/// <summary>Chains of linear layers with ReLU between them, by this project's kernels on the processor.</summary>
internal sealed class DenseEngine : INetworkEngine
{
    public string Name => "dense";

    public bool Runs(NetworkPlan plan) => plan.IsDense;

    public ITrainingStep Train(FixedNetwork network, IMaskRule rule, IScoreOptimizer optimizer, double decay, int rows, ITeam team) =>
        new FusedStep(network, rule, optimizer, rows, team, StepKernelChoice.Best) { Decay = decay };

    public IMaskedNetwork Open(FixedNetwork network, TaskMask mask) => EffectiveNetwork.Of(network, mask);
}
