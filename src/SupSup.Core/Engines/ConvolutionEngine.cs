using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Teams;

namespace SupSup.Core.Engines;

/// <summary>
/// Plans over planes, by this project's kernels on the processor: forward and back they visit the kept weights only, so that of a mask that
/// keeps 4 weights in a hundred most of a training step is the gradient of the weights.
/// </summary>
internal sealed class ConvolutionEngine : INetworkEngine
{
    public string Name => "convolution";

    public bool Runs(NetworkPlan plan) => plan.Steps.Any(step => step is not (PlanStep.Linear or PlanStep.Relu));

    public ITrainingStep Train(FixedNetwork network, IMaskRule rule, IScoreOptimizer optimizer, double decay, int rows, ITeam team) =>
        new ConvolutionStep(network, rule, optimizer, decay, rows, team);

    public IMaskedNetwork Open(FixedNetwork network, TaskMask mask) => new ConvolutionNetwork(network, mask);
}
