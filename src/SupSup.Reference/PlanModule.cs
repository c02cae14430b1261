using SupSup.Core.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Reference;

/// <summary>
/// A plan as modules of TorchSharp, which run one after another. Between them activations are planes
/// [rows, channels, rows of a plane, columns]; a vector is planes of one value.
/// </summary>
public sealed class PlanModule : nn.Module<Tensor, Tensor>
{
    private readonly NetworkPlan _plan;
    private readonly Chain _steps;

    /// <summary>Wires the modules.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="weights">Makes the module of a step that has weights, from planes to planes, by the index of its matrix.</param>
    /// <param name="normalize">Makes the module of a normalisation.</param>
    public PlanModule(
        NetworkPlan plan,
        Func<PlanStep, int, nn.Module<Tensor, Tensor>> weights,
        Func<PlanStep.Normalize, nn.Module<Tensor, Tensor>> normalize)
        : base(nameof(PlanModule))
    {
        ArgumentNullException.ThrowIfNull(plan);
        _plan = plan;
        List<nn.Module<Tensor, Tensor>> leaves = [];
        int matrices = 0;
        _steps = Wire(plan.Steps);
        Leaves = leaves;
        register_module("steps", _steps);

        Chain Wire(IEnumerable<PlanStep> steps) => new([.. steps.Select(Of)]);

        nn.Module<Tensor, Tensor> Of(PlanStep step)
        {
            if (step is PlanStep.Residual residual) return new Sum(Wire(residual.Body), Wire(residual.Shortcut));
            leaves.Add(step switch
            {
                PlanStep.Convolve or PlanStep.Linear => weights(step, matrices++),
                PlanStep.Normalize norm => normalize(norm),
                PlanStep.Relu => nn.ReLU(),
                PlanStep.Swish => nn.SiLU(),
                PlanStep.MaxPool pool => nn.MaxPool2d(pool.Window, pool.Stride, pool.Padding),
                PlanStep.Average => nn.AdaptiveAvgPool2d(1),
                PlanStep.Flatten => new Vectors(),
                _ => throw new ArgumentException($"the reference has no module for step {step} of network {plan}"),
            });
            return leaves[^1];
        }
    }

    /// <summary>The modules of <see cref="NetworkPlan.Leaves"/>, in their order.</summary>
    public IReadOnlyList<nn.Module<Tensor, Tensor>> Leaves { get; }

    /// <summary>The logits [rows, s].</summary>
    /// <param name="input">Normalised inputs [rows, in], or planes of them.</param>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return _steps.call(input.view(-1, _plan.Input.Channels, _plan.Input.Rows, _plan.Input.Columns)).flatten(1);
    }

    private sealed class Chain : nn.Module<Tensor, Tensor>
    {
        private readonly IReadOnlyList<nn.Module<Tensor, Tensor>> _steps;

        public Chain(IReadOnlyList<nn.Module<Tensor, Tensor>> steps)
            : base(nameof(Chain))
        {
            _steps = steps;
            for (int n = 0; n < steps.Count; n++) register_module($"{n}", steps[n]);
        }

        public override Tensor forward(Tensor input) => _steps.Aggregate(input, static (below, step) => step.call(below));
    }

    private sealed class Sum : nn.Module<Tensor, Tensor>
    {
        private readonly Chain _body;
        private readonly Chain _shortcut;

        public Sum(Chain body, Chain shortcut)
            : base(nameof(Sum))
        {
            (_body, _shortcut) = (body, shortcut);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            // The scalar is held here: that of + may be freed by the finaliser while libtorch reads it.
            using Scalar one = 1;
            return _body.call(input).add(_shortcut.call(input), one);
        }
    }

    private sealed class Vectors() : nn.Module<Tensor, Tensor>(nameof(Vectors))
    {
        public override Tensor forward(Tensor input) => input.reshape(input.shape[0], -1, 1, 1);
    }
}
