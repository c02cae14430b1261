using static TorchSharp.torch;
using SupSup.Core.Engines;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Teams;
using TorchSharp;

namespace SupSup.Torch.Engines;

/// <summary>Steps of one task: the gradients are autograd's, on the device; the team shares the update, layer by layer.</summary>
internal sealed class TorchStep : ITrainingStep
{
    private readonly NetworkPlan _plan;
    private readonly ITeam _team;
    private readonly Device _device;
    private readonly int _threads;
    private readonly LayerScores[] _layers;
    private readonly Tensor _running;
    private readonly Tensor _next;

    public TorchStep(
        FixedNetwork network, (IMaskRule Rule, IScoreOptimizer Optimizer, double Decay) by, ITeam team, Device device, int threads)
    {
        (_plan, _team, _device, _threads) = (network.Plan, team, device, threads);
        PlanStep[] weighted = [.. _plan.Leaves.Where(static step => step.Masked is not null)];
        _layers = [.. weighted.Select((step, l) => new LayerScores(network, l, PlanPass.WeightSizes(step), by, device))];
        (_running, _next) = (PlanPass.InitialStatistics(_plan, device), PlanPass.InitialStatistics(_plan, device));
    }

    public void Load(IReadOnlyList<float[]> scores, IReadOnlyList<float[]>? state, float[]? statistics = null)
    {
        for (int l = 0; l < _layers.Length; l++) _layers[l].Load(scores[l], state?[l]);
        using Tensor running = statistics is null
            ? PlanPass.InitialStatistics(_plan, _device) : tensor(statistics, [2, _plan.NormalizedChannels]);
        _running.copy_(running);
    }

    public float[] Statistics()
    {
        using Tensor host = _running.cpu();
        return [.. host.data<float>()];
    }

    public float[] Scores(int layer) => [.. _layers[layer].Scores];

    public float[] State(int layer) => [.. _layers[layer].State];

    public float[] Effective(int layer) => _layers[layer].CopyEffective();

    public float Differentiate(ReadOnlySpan<float> inputs, ReadOnlySpan<int> labels)
    {
        set_num_threads(_threads); // of the calling thread
        using DisposeScope scope = NewDisposeScope();
        Tensor[] weights = [.. _layers.Select(static layer => layer.Effective.detach().requires_grad_())];
        _next.copy_(_running);
        Tensor rows = tensor(inputs.ToArray(), [labels.Length, _plan.Inputs], float32, _device);
        Tensor logits = PlanPass.Run(_plan, rows, weights, _next, training: true);
        Tensor classes = tensor(Array.ConvertAll(labels.ToArray(), static label => (long)label), int64, _device);
        Tensor loss = nn.functional.cross_entropy(logits, classes);
        IList<Tensor> gradients = autograd.grad([loss], weights);
        for (int l = 0; l < _layers.Length; l++) _layers[l].Take(gradients[l]);
        return loss.item<float>();
    }

    public void Update(ReadOnlySpan<double> rates, int step)
    {
        double[] rate = rates.ToArray();
        _team.Run(_layers.Length, l => _layers[l].Update(rate[l], step));
        foreach (LayerScores layer in _layers) layer.Publish();
        _running.copy_(_next);
    }

    public void Dispose()
    {
        foreach (LayerScores layer in _layers) layer.Dispose();
        _running.Dispose();
        _next.Dispose();
    }
}
