using SupSup.Core.Inference;
using SupSup.Core.Kernels;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;

namespace SupSup.Core.Engines;

/// <summary>Chains of linear layers with ReLU between them, by this project's kernels on the processor.</summary>
internal sealed class DenseEngine : INetworkEngine
{
    public string Name => "dense";

    public bool Runs(NetworkPlan plan) =>
        plan.Steps.Length % 2 == 1
        && plan.Steps.Select((step, n) => n % 2 == 0 ? step is PlanStep.Linear : step is PlanStep.Relu).All(fits => fits);

    public ITrainingStep Train(FixedNetwork network, IMaskRule rule, IScoreOptimizer optimizer, int rows, ITeam team) =>
        new FusedStep(network, rule, optimizer, rows, team, StepKernelChoice.Best);

    public IMaskedNetwork Open(FixedNetwork network, TaskMask mask) => EffectiveNetwork.Of(network, mask);
}
