using System.Collections.Immutable;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using TorchSharp;

namespace SupSup.Core.Inference;

/// <summary>The activations of one batch, and the backward pass over them.</summary>
internal sealed class ForwardPass : IDisposable
{
    private readonly NetworkShape _shape;
    private readonly ImmutableArray<TensorBuffer> _weights;
    private readonly TensorBuffer _inputs;
    private readonly int _rows;

    public ForwardPass(NetworkShape shape, ImmutableArray<TensorBuffer> weights, ReadOnlySpan<float> inputs, int rows)
    {
        if (rows < 1 || inputs.Length != (long)rows * shape.Inputs)
            throw new ArgumentException($"{rows} rows of network {shape} need {(long)rows * shape.Inputs} input values, not {inputs.Length}");
        _shape = shape;
        _weights = weights;
        _rows = rows;
        _inputs = new TensorBuffer(rows, shape.Inputs);
        inputs.CopyTo(_inputs.Span);
        Outputs = [.. shape.Layers.Select(layer => new TensorBuffer(rows, layer.Outputs))];
        for (int l = 0; l < Outputs.Length; l++)
        {
            using torch.Tensor transposed = weights[l].Tensor.t();
            Outputs[l].SetProduct(Input(l).Tensor, transposed);
            if (l < Outputs.Length - 1) Relu.Apply(Outputs[l].Span);
        }
    }

    /// <summary>Each layer's outputs after ReLU; logits in the last, [rows, out].</summary>
    public ImmutableArray<TensorBuffer> Outputs { get; }

    /// <summary>Propagates the objective's gradient to every layer's output.</summary>
    public RankOneFactors Backward(IObjective objective, int classes)
    {
        int last = _shape.Layers.Length - 1;
        float[][] deltas = new float[last + 1][];
        TensorBuffer delta = new(_rows, _shape.Outputs);
        for (int row = 0; row < _rows; row++)
        {
            Range logits = (row * _shape.Outputs)..((row + 1) * _shape.Outputs);
            objective.Differentiate(Outputs[last].Span[logits], classes, delta.Span[logits]);
        }

        deltas[last] = delta.Span.ToArray();
        for (int l = last; l > 0; l--)
        {
            TensorBuffer below = new(_rows, _shape.Layers[l].Inputs);
            below.SetProduct(delta.Tensor, _weights[l].Tensor);
            Relu.Gate(Outputs[l - 1].Span, below.Span);
            deltas[l - 1] = below.Span.ToArray();
            delta.Dispose();
            delta = below;
        }

        delta.Dispose();
        return new RankOneFactors(_shape, _rows, [.. deltas], [.. _shape.Layers.Select((_, l) => Input(l).Span.ToArray())]);
    }

    public void Dispose()
    {
        _inputs.Dispose();
        foreach (TensorBuffer outputs in Outputs) outputs.Dispose();
    }

    private TensorBuffer Input(int layer) => layer == 0 ? _inputs : Outputs[layer - 1];
}
