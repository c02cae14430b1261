using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SupSup.Experiments.Methods;

/// <summary>One layer: s ⊙ W (O (r ⊙ x)), with whatever of r, s and O its method has.</summary>
internal sealed class RivalLayer : nn.Module<Tensor, Tensor>
{
    /// <param name="weights">W, [in, out].</param>
    /// <param name="trainWeights">Whether W is trained; vectors always are.</param>
    /// <param name="vectors">r [in] and s [out], or null.</param>
    /// <param name="rotation">Oᵀ, [in, in], owned from here on; or null.</param>
    public RivalLayer(Tensor weights, bool trainWeights = true, (float[] Inputs, float[] Outputs)? vectors = null, Tensor? rotation = null)
        : base(nameof(RivalLayer))
    {
        Weights = Registered("weights", weights, trainWeights);
        if (vectors is var (inputs, outputs))
            (InputVector, OutputVector) = (Registered("inputs", tensor(inputs), true), Registered("outputs", tensor(outputs), true));
        Rotation = rotation;
        if (rotation is not null) register_buffer("rotation", rotation);
    }

    /// <summary>W, [in, out].</summary>
    public Parameter Weights { get; }

    /// <summary>r, [in].</summary>
    public Parameter? InputVector { get; }

    /// <summary>s, [out].</summary>
    public Parameter? OutputVector { get; }

    /// <summary>Oᵀ, [in, in], which rows are multiplied by to rotate them.</summary>
    public Tensor? Rotation { get; }

    public IEnumerable<Parameter> Trained => parameters().Where(static parameter => parameter.requires_grad);

    public override Tensor forward(Tensor input)
    {
        if (InputVector is not null) input = input * InputVector;
        if (Rotation is not null) input = input.mm(Rotation);
        Tensor output = input.mm(Weights);
        return OutputVector is null ? output : output * OutputVector;
    }

    private Parameter Registered(string name, Tensor value, bool trained)
    {
        Parameter parameter = nn.Parameter(value, trained);
        register_parameter(name, parameter);
        return parameter;
    }
}
