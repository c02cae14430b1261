using SupSup.Core.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SupSup.Reference;

/// <summary>
/// Any plan with given weights, in PyTorch's own modules and gradients: what engines are compared with, step by step.
/// </summary>
public sealed class ReferenceNetwork : IDisposable
{
    private readonly NetworkPlan _plan;
    private readonly ScalarType _type;
    private readonly PlanModule _module;
    private readonly List<Parameter> _weights = [];
    private readonly List<Tensor> _outputs = [];

    /// <summary>Builds the modules; running means begin at 0, variances at 1.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="effective">W ⊙ M of each masked matrix, [out · fan-in].</param>
    /// <param name="type">Precision of all that is computed: float32, or float64 for comparisons with a bound.</param>
    public ReferenceNetwork(NetworkPlan plan, IReadOnlyList<float[]> effective, ScalarType type = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(effective);
        (_plan, _type) = (plan, type);
        _module = new PlanModule(
            plan,
            (step, n) => Weighted(step, effective[n]),
            norm => nn.BatchNorm2d(
                norm.Channels, PlanStep.Normalize.Epsilon, PlanStep.Normalize.Momentum, affine: false, track_running_stats: !norm.OfBatch));
        _module.to(type);
        foreach (nn.Module<Tensor, Tensor> leaf in _module.Leaves) leaf.register_forward_hook((_, _, output) => Keep(output));
    }

    /// <summary>Running means of all channels normalised by them, then the variances: as of a checkpoint.</summary>
    public float[] Statistics
    {
        get => [.. Running("running_mean").Concat(Running("running_var")).SelectMany(Values)];
        set
        {
            using IDisposable constant = no_grad();
            int done = 0;
            foreach (Tensor statistics in Running("running_mean").Concat(Running("running_var")))
            {
                statistics.copy_(tensor(value[done..(done + (int)statistics.numel())]));
                done += (int)statistics.numel();
            }
        }
    }

    /// <summary>Forward and backward in training mode: normalised by the batch, which the running statistics take in.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="labels">Class of each row.</param>
    public ReferencePass Differentiate(ReadOnlySpan<float> inputs, ReadOnlySpan<int> labels)
    {
        using DisposeScope scope = NewDisposeScope();
        _module.train();
        Tensor logits = Run(inputs);
        Tensor loss = nn.functional.cross_entropy(logits, tensor([.. labels.ToArray().Select(static label => (long)label)]));
        IList<Tensor> gradients = autograd.grad([loss], [.. _outputs, .. _weights]);
        return new(
            loss.to(ScalarType.Float64).item<double>(),
            Values(logits),
            [.. _outputs.Select(Values)],
            [.. gradients.Take(_outputs.Count).Select(Values)],
            [.. gradients.Skip(_outputs.Count).Select(Values)]);
    }

    /// <summary>
    /// The logits [rows, s] in evaluation mode: normalised by the running statistics, or by the batch where the plan says so.
    /// </summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    public float[] Logits(ReadOnlySpan<float> inputs)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        _module.eval();
        return Values(Run(inputs));
    }

    /// <inheritdoc/>
    public void Dispose() => _module.Dispose();

    private static float[] Values(Tensor tensor) => [.. tensor.detach().to(ScalarType.Float32).contiguous().data<float>()];

    private Tensor Run(ReadOnlySpan<float> inputs)
    {
        _outputs.Clear();
        return _module.call(tensor(inputs.ToArray(), [inputs.Length / _plan.Inputs, _plan.Inputs], dtype: _type, requires_grad: true));
    }

    private Tensor Keep(Tensor output)
    {
        _outputs.Add(output);
        return output;
    }

    private IEnumerable<Tensor> Running(string name) =>
        _module.Leaves.OfType<BatchNorm2d>().Select(norm => norm.get_buffer(name)).OfType<Tensor>();

    // A linear layer is a convolution of planes of one value.
    private Conv2d Weighted(PlanStep step, float[] effective)
    {
        LayerShape shape = step.Masked!.Value;
        PlanStep.Convolve convolve = step as PlanStep.Convolve ?? new(shape.FanIn, shape.Outputs, Window: 1, Stride: 1);
        (int window, int stride, int padding) = (convolve.Window, convolve.Stride, convolve.Padding);
        Conv2d module = nn.Conv2d(convolve.Inputs, convolve.Outputs, window, stride, padding, bias: false);
        module.weight = nn.Parameter(tensor(effective, [convolve.Outputs, convolve.Inputs, window, window], dtype: _type));
        _weights.Add(module.weight);
        return module;
    }
}
