using SupSup.Core.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SupSup.Experiments.Methods;

/// <summary>One layer: s ⊙ W (O (r ⊙ x)), with whatever of r, s and O its method has; W is a matrix or a convolution.</summary>
internal sealed class RivalLayer : nn.Module<Tensor, Tensor>
{
    private readonly PlanStep.Convolve? _convolve;

    /// <param name="step">A linear layer or a convolution.</param>
    /// <param name="weights">W, [fan-in, out].</param>
    /// <param name="trainWeights">Whether W is trained; vectors always are.</param>
    /// <param name="vectors">r [in] and s [out], of a convolution a value for each channel; or null.</param>
    /// <param name="rotation">Oᵀ, [in, in], owned from here on; or null. Of linear layers only.</param>
    public RivalLayer(
        PlanStep step,
        float[] weights,
        bool trainWeights = true,
        (float[] Inputs, float[] Outputs)? vectors = null,
        Tensor? rotation = null)
        : base(nameof(RivalLayer))
    {
        _convolve = step as PlanStep.Convolve;
        LayerShape shape = step.Masked!.Value;
        Weights = Registered("weights", tensor(weights, [shape.FanIn, shape.Outputs]), trainWeights);
        if (vectors is var (inputs, outputs))
        {
            InputVector = Registered("inputs", tensor(inputs, [inputs.Length, 1, 1]), true);
            OutputVector = Registered("outputs", tensor(outputs, [outputs.Length, 1, 1]), true);
        }

        Rotation = rotation;
        if (rotation is not null) register_buffer("rotation", rotation);
    }

    /// <summary>W, [fan-in, out].</summary>
    public Parameter Weights { get; }

    /// <summary>r, [in, 1, 1].</summary>
    public Parameter? InputVector { get; }

    /// <summary>s, [out, 1, 1].</summary>
    public Parameter? OutputVector { get; }

    /// <summary>Oᵀ, [in, in], which rows are multiplied by to rotate them.</summary>
    public Tensor? Rotation { get; }

    /// <summary>From planes [rows, in, ...] to planes [rows, out, ...].</summary>
    public override Tensor forward(Tensor input)
    {
        if (InputVector is not null) input = input * InputVector;
        Tensor output = _convolve is null ? Multiply(input.flatten(1)) : Convolve(input, _convolve);
        return OutputVector is null ? output : output * OutputVector;
    }

    private Tensor Multiply(Tensor input)
    {
        if (Rotation is not null) input = input.mm(Rotation);
        return input.mm(Weights).view(-1, Weights.shape[1], 1, 1);
    }

    private Tensor Convolve(Tensor input, PlanStep.Convolve step)
    {
        Tensor weights = Weights.t().reshape(step.Outputs, step.Inputs, step.Window, step.Window);
        return nn.functional.conv2d(input, weights, strides: [step.Stride, step.Stride], padding: [step.Padding, step.Padding]);
    }

    private Parameter Registered(string name, Tensor value, bool trained)
    {
        Parameter parameter = nn.Parameter(value, trained);
        register_parameter(name, parameter);
        return parameter;
    }
}
