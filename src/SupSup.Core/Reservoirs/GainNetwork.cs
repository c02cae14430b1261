using System.Collections.Immutable;
using System.Numerics.Tensors;
using SupSup.Core.Inference;
using SupSup.Core.Kernels;
using SupSup.Core.Networks;

namespace SupSup.Core.Reservoirs;

/// <summary>
/// Forward and back through a network under masked gains: each channel of a normalisation is multiplied by 1 or 0 before Swish. Gradients
/// are those of the gains, which go straight through to the scores of a mask. One thread at a time.
/// </summary>
public sealed unsafe class GainNetwork : IDisposable
{
    private readonly GainWeights _weights;
    private readonly ImmutableArray<LayerShape> _layers;
    private readonly AlignedFloats[] _activations;
    private readonly AlignedFloats[] _normalized;
    private readonly AlignedFloats[] _slopes;
    private readonly AlignedFloats[] _deltas;
    private readonly AlignedFloats _logits;
    private readonly float[][] _inverses;
    private readonly float[][] _gains;
    private readonly float[][] _gradients;
    private readonly int _most;
    private int _rows;

    /// <summary>Makes room; all gains are 1.</summary>
    /// <param name="weights">The fixed weights.</param>
    /// <param name="rows">Examples of a batch at most.</param>
    public GainNetwork(GainWeights weights, int rows)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        (_weights, _layers, _most) = (weights, weights.Network.Shape.Layers, rows);
        _activations = [.. _layers.Select(layer => Room(layer.FanIn))];
        AlignedFloats[] Rooms() => [.. weights.Channels.Select(Room)];
        (_normalized, _slopes, _logits) = (Rooms(), Rooms(), Room(_layers[^1].Outputs));
        _deltas = [.. Rooms(), Room(_layers[^1].Outputs)];
        float[][] Values() => [.. weights.Channels.Select(count => new float[GainWeights.Width(count)])];
        (_inverses, _gains, _gradients) = (Values(), Values(), Values());
        for (int l = 0; l < _gains.Length; l++) _gains[l].AsSpan(0, weights.Channels[l]).Fill(1);
    }

    /// <summary>Sets the gains to those of a mask, 1 or 0.</summary>
    /// <param name="mask">A mask of this network.</param>
    public void Set(GainMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        for (int l = 0; l < _gains.Length; l++)
            for (int n = 0; n < mask.Layers[l].Length; n++) _gains[l][n] = mask.Layers[l][n] ? 1 : 0;
    }

    /// <summary>Sets the gains of one normalisation.</summary>
    /// <param name="layer">Which normalisation.</param>
    /// <param name="gains">A gain for each channel.</param>
    public void Set(int layer, ReadOnlySpan<float> gains) => gains.CopyTo(_gains[layer]);

    /// <summary>The gradient of one normalisation's gains, from the last backward pass.</summary>
    /// <param name="layer">Which normalisation.</param>
    public ReadOnlySpan<float> Gradient(int layer) => _gradients[layer].AsSpan(0, _weights.Channels[layer]);

    /// <summary>Runs a batch, normalised by its own mean and variance.</summary>
    /// <param name="inputs">[rows, inputs].</param>
    /// <param name="rows">Examples, at least 1.</param>
    /// <exception cref="ArgumentException">The inputs are not rows × inputs, or the rows more than there is room for.</exception>
    public void Forward(ReadOnlySpan<float> inputs, int rows)
    {
        int length = _layers[0].FanIn;
        if (rows < 1 || rows > _most || inputs.Length != rows * length)
        {
            throw new ArgumentException(
                $"{rows} rows need {(long)rows * length} input values, not {inputs.Length}, and at most {_most} rows at once");
        }

        _rows = rows;
        for (int row = 0; row < rows; row++) inputs.Slice(row * length, length).CopyTo(Row(_activations[0], row, length));
        for (int l = 0; l < _layers.Length; l++)
        {
            AlignedFloats output = l < _normalized.Length ? _normalized[l] : _logits;
            Multiply(_activations[l], _layers[l].FanIn, _weights.ByInput(l), _layers[l].Outputs, output);
            if (l < _normalized.Length) Activate(l);
        }
    }

    /// <summary>The logits of one example of the last batch.</summary>
    /// <param name="row">Which.</param>
    public ReadOnlySpan<float> Logits(int row) => Row(_logits, row, _layers[^1].Outputs)[.._layers[^1].Outputs];

    /// <summary>Cross-entropy of the last batch and its gradients.</summary>
    /// <param name="labels">A class per row.</param>
    /// <returns>The mean, in nats.</returns>
    public float CrossEntropy(ReadOnlySpan<int> labels)
    {
        int outputs = _layers[^1].Outputs, width = GainWeights.Width(outputs);
        double loss = 0;
        for (int row = 0; row < _rows; row++)
        {
            loss += StepKernelChoice.Best.CrossEntropy(
                _logits.Start + (row * width), outputs, width, labels[row], 1f / _rows, _deltas[^1].Start + (row * width));
        }

        Backward();
        return (float)(loss / _rows);
    }

    /// <summary>An objective of the last batch's answers and its gradients.</summary>
    /// <param name="objective">The objective.</param>
    /// <returns>The mean over the batch.</returns>
    public double Differentiate(IObjective objective)
    {
        ArgumentNullException.ThrowIfNull(objective);
        int outputs = _layers[^1].Outputs;
        double sum = 0;
        for (int row = 0; row < _rows; row++)
        {
            Span<float> gradient = Row(_deltas[^1], row, outputs)[..outputs];
            sum += objective.Differentiate(Logits(row), outputs, gradient);
            TensorPrimitives.Multiply(gradient, 1f / _rows, gradient);
        }

        Backward();
        return sum / _rows;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (AlignedFloats each in (IEnumerable<AlignedFloats>)[.. _activations, .. _normalized, .. _slopes, .. _deltas, _logits])
            each.Dispose();
    }

    private AlignedFloats Room(int columns) => new(_most * GainWeights.Width(columns));

    private static Span<float> Row(AlignedFloats values, int row, int columns)
    {
        int width = GainWeights.Width(columns);
        return values.Span.Slice(row * width, width);
    }

    private void Multiply(AlignedFloats left, int inner, AlignedFloats matrix, int columns, AlignedFloats output) =>
        StepKernelChoice.Best.MultiplyDense(
            left.Start, GainWeights.Width(inner), 1, _rows, inner, matrix.Start, GainWeights.Width(columns), output.Start);

    // x̂ = (x − mean) / sqrt(variance + ε) in place, then y = g x̂, a = y σ(y), and the slope a' = σ + a (1 − σ).
    private void Activate(int layer)
    {
        int channels = _weights.Channels[layer], width = GainWeights.Width(channels);
        float[] mean = new float[width], sigmoid = new float[width], inverse = _inverses[layer];
        Array.Clear(inverse);
        for (int row = 0; row < _rows; row++) TensorPrimitives.Add(mean, Row(_normalized[layer], row, channels), mean);
        TensorPrimitives.Divide(mean, _rows, mean);
        for (int row = 0; row < _rows; row++)
        {
            Span<float> x = Row(_normalized[layer], row, channels);
            TensorPrimitives.Subtract(x, mean, x);
            TensorPrimitives.MultiplyAdd(x, x, inverse, inverse);
        }

        TensorPrimitives.Divide(inverse, _rows, inverse);
        TensorPrimitives.Add(inverse, PlanStep.Normalize.Epsilon, inverse);
        TensorPrimitives.ReciprocalSqrt(inverse, inverse);
        for (int row = 0; row < _rows; row++)
        {
            Span<float> x = Row(_normalized[layer], row, channels), slope = Row(_slopes[layer], row, channels);
            Span<float> activation = Row(_activations[layer + 1], row, channels);
            TensorPrimitives.Multiply(x, inverse, x);
            TensorPrimitives.Multiply(x, _gains[layer], activation);
            TensorPrimitives.Sigmoid(activation, sigmoid);
            TensorPrimitives.Multiply(activation, sigmoid, activation);
            TensorPrimitives.Subtract(1, sigmoid, slope);
            TensorPrimitives.MultiplyAdd(slope, activation, sigmoid, slope);
        }
    }

    private void Backward()
    {
        for (int l = _normalized.Length - 1; l >= 0; l--)
        {
            AlignedFloats delta = _deltas[l];
            Multiply(_deltas[l + 1], _layers[l + 1].Outputs, _weights.ByOutput(l + 1), _layers[l + 1].FanIn, delta);
            int channels = _weights.Channels[l], width = GainWeights.Width(channels);
            (float[] gradient, float[] sum, float[] scaled) = (_gradients[l], new float[width], new float[width]);
            Array.Clear(gradient);
            for (int row = 0; row < _rows; row++)
            {
                Span<float> d = Row(delta, row, channels);
                TensorPrimitives.Multiply(d, Row(_slopes[l], row, channels), d);
                TensorPrimitives.MultiplyAdd(d, Row(_normalized[l], row, channels), gradient, gradient);
                TensorPrimitives.Add(sum, d, sum);
            }

            if (l == 0) continue;

            // Through the normalisation: (g d − mean(g d) − x̂ mean(g d x̂)) / deviation.
            TensorPrimitives.Divide(sum, -_rows, sum);
            TensorPrimitives.Divide(gradient, -_rows, scaled);
            float[] factor = new float[width];
            TensorPrimitives.Multiply(_gains[l], _inverses[l], factor);
            for (int row = 0; row < _rows; row++)
            {
                Span<float> d = Row(delta, row, channels);
                TensorPrimitives.Add(d, sum, d);
                TensorPrimitives.MultiplyAdd(scaled, Row(_normalized[l], row, channels), d, d);
                TensorPrimitives.Multiply(d, factor, d);
            }
        }
    }
}
