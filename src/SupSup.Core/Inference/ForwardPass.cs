using System.Collections.Immutable;
using SupSup.Core.Kernels;

namespace SupSup.Core.Inference;

/// <summary>The activations of one batch, and the backward pass over them, by the kernels of training.</summary>
internal sealed unsafe class ForwardPass : IDisposable
{
    private static readonly IStepKernels Kernels = StepKernelChoice.Best;

    private readonly ImmutableArray<EffectiveLayer> _layers;
    private readonly int _rows;

    public ForwardPass(ImmutableArray<EffectiveLayer> layers, ReadOnlySpan<float> inputs, int rows)
    {
        (_layers, _rows) = (layers, rows);
        Outputs = [.. layers.Select(layer => new AlignedFloats(rows * layer.Width))];
        Deltas = [.. layers.Select(layer => new AlignedFloats(rows * layer.Width))];
        int columns = layers[0].Shape.FanIn;
        float background = Background.Find(inputs);
        using SparseRows sparse = new(rows, columns);
        using AlignedFloats initial = new(layers[0].Width);
        for (int n = 0; n < initial.Length; n++) initial.Span[n] = background * layers[0].Sum.Span[n];
        fixed (float* x = inputs)
            for (int row = 0; row < rows; row++)
                sparse.Counts[row] = Kernels.Sparsify(x + ((long)row * columns), columns, background, sparse.Row(row));
        Kernels.Multiply(sparse, 0, rows, layers[0].ByInput.Start, layers[0].Width, initial.Start, 0, Outputs[0].Start);
        for (int l = 1; l < layers.Length; l++)
        {
            Kernels.Rectify(Outputs[l - 1].Start, Outputs[l - 1].Length);
            Kernels.MultiplyDense(Outputs[l - 1].Start, layers[l - 1].Width, 1, rows, layers[l].Shape.FanIn, layers[l].ByInput.Start,
                layers[l].Width, Outputs[l].Start);
        }
    }

    /// <summary>Each layer's outputs after ReLU; logits in the last, [rows, width].</summary>
    public ImmutableArray<AlignedFloats> Outputs { get; }

    /// <summary>After the backward pass, the gradient at each layer's outputs before ReLU, [rows, width].</summary>
    public ImmutableArray<AlignedFloats> Deltas { get; }

    /// <summary>Propagates the objective's gradient to every layer's output.</summary>
    public void Backward(IObjective objective, int classes)
    {
        EffectiveLayer last = _layers[^1];
        for (int row = 0; row < _rows; row++)
            objective.Differentiate(Outputs[^1].Span.Slice(row * last.Width, last.Shape.Outputs), classes, Deltas[^1].Span.Slice(
                row * last.Width, last.Shape.Outputs));
        for (int l = _layers.Length - 1; l > 0; l--)
        {
            Kernels.MultiplyDense(Deltas[l].Start, _layers[l].Width, 1, _rows, _layers[l].Shape.Outputs, _layers[l].ByOutput.Start,
                _layers[l - 1].Width, Deltas[l - 1].Start);
            Kernels.Gate(Outputs[l - 1].Start, Deltas[l - 1].Start, Deltas[l - 1].Length);
        }
    }

    /// <summary>Copies rows without what fills their width.</summary>
    /// <param name="padded">[rows, width].</param>
    /// <param name="values">Values of a row.</param>
    /// <param name="target">Receives [rows, values].</param>
    public static void Unpad(AlignedFloats padded, int values, Span<float> target)
    {
        int width = AlignedFloats.Width(values);
        for (int row = 0; row < target.Length / values; row++) padded.Span.Slice(row * width, values).CopyTo(target[(row * values)..]);
    }

    public void Dispose()
    {
        foreach (AlignedFloats floats in Outputs) floats.Dispose();
        foreach (AlignedFloats floats in Deltas) floats.Dispose();
    }
}
