using System.Numerics.Tensors;
using SupSup.Core.Engines;
using SupSup.Core.Optimizers;

namespace SupSup.Experiments.Methods;

/// <summary>
/// Trains a BatchEnsemble member through the gradients G of its effective weights W ⊙ s rᵀ, [in, width]: with A = G ⊙ W,
/// dL/dr = A s, dL/ds = Aᵀ r and dL/dW = G ⊙ s rᵀ. L2 decay is added to the gradients, as torch.optim.Adam does it.
/// The vectors need the sums over all parts, so the effective weights are made anew in a second pass, after
/// <see cref="UpdateVectors"/>.
/// </summary>
internal sealed class MemberParameters : IStepParameters
{
    private readonly IScoreOptimizer _optimizer;
    private readonly MemberVectors _vectors;
    private readonly bool _trainWeights;
    private readonly float _decay;
    private readonly float[][] _inputGradients;
    private readonly float[][] _inputState;
    private readonly float[][] _outputGradients;
    private readonly float[][] _outputState;
    private readonly float[][] _partGradients;
    private readonly float[] _ones;
    private readonly StepSize[] _sizes;

    /// <summary>Starts with fresh optimiser state.</summary>
    /// <param name="vectors">The member's vectors, trained in place.</param>
    /// <param name="optimizer">The optimiser.</param>
    /// <param name="trainWeights">Whether the layers' weights W are trained too, in place.</param>
    /// <param name="decay">L2 decay: what is added to a gradient per unit of its parameter.</param>
    public MemberParameters(MemberVectors vectors, IScoreOptimizer optimizer, bool trainWeights, float decay)
    {
        (_vectors, _optimizer, _trainWeights, _decay) = (vectors, optimizer, trainWeights, decay);
        _inputGradients = [.. vectors.Inputs.Select(vector => new float[vector.Length])];
        _outputGradients = [.. vectors.Outputs.Select(vector => new float[vector.Length])];
        _inputState = [.. vectors.Inputs.Select(vector => new float[vector.Length * optimizer.StatePerScore])];
        _outputState = [.. vectors.Outputs.Select(vector => new float[vector.Length * optimizer.StatePerScore])];
        _partGradients = [.. vectors.Inputs.Select((vector, l) => new float[(vector.Length + StepPart.Largest - 1) / StepPart.Largest * vectors.Outputs[l].Length])];
        _sizes = new StepSize[vectors.Inputs.Length];
        _ones = new float[vectors.Inputs.Concat(vectors.Outputs).Max(vector => vector.Length) * StepPart.Largest];
        _ones.AsSpan().Fill(1);
    }

    public int StatePerScore => _trainWeights ? _optimizer.StatePerScore : 0;

    public void Begin(ReadOnlySpan<double> rate, int step)
    {
        for (int l = 0; l < rate.Length; l++) _sizes[l] = _optimizer.At(rate[l], step);
    }

    public bool Update(StepLayer layer, StepPart part, Span<float> gradients)
    {
        int width = layer.Width;
        Span<float> weights = layer.Of(layer.Weights, part);
        float[] outputs = _vectors.Outputs[part.Layer];
        Span<float> sum = PartGradients(part, width);
        sum.Clear();
        Span<float> product = _trainWeights ? new float[width] : [];
        for (int i = part.From; i < part.To; i++)
        {
            Span<float> gradient = gradients.Slice((i - part.From) * width, width);
            ReadOnlySpan<float> weight = weights.Slice((i - part.From) * width, width);
            Span<float> row = _trainWeights ? product : gradient;
            TensorPrimitives.Multiply(gradient, weight, row);
            float input = _vectors.Inputs[part.Layer][i];
            _inputGradients[part.Layer][i] = TensorPrimitives.Dot<float>(row, outputs);
            TensorPrimitives.MultiplyAdd(row, input, sum, sum);
            if (!_trainWeights) continue;
            TensorPrimitives.Multiply(gradient, outputs, gradient);
            TensorPrimitives.Multiply(gradient, input, gradient);
            TensorPrimitives.MultiplyAdd(weight, _decay, gradient, gradient);
        }

        if (_trainWeights) _optimizer.Update(weights, gradients, _ones, layer.StateOf(part), _sizes[part.Layer]);
        return false;
    }

    /// <summary>Updates the vectors, once every part has given its gradients.</summary>
    public void UpdateVectors()
    {
        for (int l = 0; l < _sizes.Length; l++)
        {
            (float[] inputs, float[] outputs) = (_vectors.Inputs[l], _vectors.Outputs[l]);
            Span<float> sum = _outputGradients[l];
            TensorPrimitives.Multiply(outputs, _decay, sum);
            for (int from = 0; from < inputs.Length; from += StepPart.Largest) TensorPrimitives.Add(sum, PartGradients(new StepPart(l, from, from), sum.Length), sum);
            TensorPrimitives.MultiplyAdd(inputs, _decay, _inputGradients[l], _inputGradients[l]);
            _optimizer.Update(outputs, sum, _ones, _outputState[l], _sizes[l]);
            _optimizer.Update(inputs, _inputGradients[l], _ones, _inputState[l], _sizes[l]);
        }
    }

    public void Apply(StepLayer layer, StepPart part) =>
        _vectors.Apply(part.Layer, part.From, layer.Of(layer.Weights, part), layer.Of(layer.Effective, part));

    private Span<float> PartGradients(StepPart part, int width) => _partGradients[part.Layer].AsSpan(part.From / StepPart.Largest * width, width);
}
