using System.Buffers;
using SupSup.Core.Engines;
using SupSup.Core.Kernels;
using SupSup.Core.Optimizers;

namespace SupSup.Experiments.Methods;

/// <summary>
/// Forward, backward and update of one batch through layers W O x, training every W. The kernels and the phases are those
/// of a supermask's step: each row goes up and down through all layers, then each input's weights are updated while their
/// gradients are in the cache. Images are mostly background, so rotating them costs what differs from it.
/// </summary>
internal sealed unsafe class RotatedStep : IDisposable
{
    private const int RowsPerPart = 16;

    private readonly RotatedLayer[] _layers;
    private readonly StepPart[] _parts;
    private readonly IScoreOptimizer _optimizer;
    private readonly ITeam _team;
    private readonly IStepKernels _kernels = StepKernelChoice.Best;
    private readonly SparseRows _rows;
    private readonly AlignedFloats _rotationSum;
    private readonly AlignedFloats _base;
    private readonly float[] _ones;
    private readonly double[] _losses;
    private readonly StepSize[] _sizes;
    private readonly Action<int> _runRows;
    private readonly Action<int> _runInputs;
    private float* _inputs;
    private int* _labels;
    private float _background;

    /// <summary>Starts a task with fresh optimiser state.</summary>
    /// <param name="network">All W; not changed.</param>
    /// <param name="rotations">Each layer's Oᵀ; owned from here on.</param>
    /// <param name="optimizer">The optimiser.</param>
    /// <param name="rows">Rows of every batch.</param>
    /// <param name="team">Threads to share the step with; what it computes does not depend on them.</param>
    public RotatedStep(RealNetwork network, AlignedFloats[] rotations, IScoreOptimizer optimizer, int rows, ITeam team)
    {
        (_optimizer, _team) = (optimizer, team);
        _layers = [.. network.Shape.Layers.Select((shape, l) => new RotatedLayer(shape, network.Weights[l], rotations[l], l == 0, optimizer.StatePerScore, rows))];
        _parts = [.. _layers.SelectMany((layer, l) => Enumerable.Range(0, (layer.Inputs + StepPart.Largest - 1) / StepPart.Largest)
            .Select(n => new StepPart(l, n * StepPart.Largest, Math.Min((n + 1) * StepPart.Largest, layer.Inputs))))];
        RotatedLayer first = _layers[0];
        _rows = new SparseRows(rows, first.Inputs);
        _rotationSum = new AlignedFloats(first.InputWidth);
        _base = new AlignedFloats(first.InputWidth);
        _kernels.SumRows(first.Rotation.Start, first.Inputs, first.InputWidth, _rotationSum.Start);
        _ones = new float[StepPart.Largest * _layers.Max(layer => layer.Width)];
        _ones.AsSpan().Fill(1);
        _losses = new double[rows];
        _sizes = new StepSize[_layers.Length];
        (_runRows, _runInputs) = (RunRows, RunInputs);
        foreach (StepPart part in _parts) Derive(part);
    }

    /// <summary>Forward and backward.</summary>
    /// <returns>Mean cross-entropy in nats.</returns>
    public float Differentiate(ReadOnlySpan<float> inputs, ReadOnlySpan<int> labels)
    {
        _background = Background.Find(inputs);
        for (int n = 0; n < _base.Length; n++) _base.Span[n] = _rotationSum.Span[n] * _background;
        fixed (float* x = inputs)
        fixed (int* y = labels)
        {
            _inputs = x;
            _labels = y;
            _team.Run((_losses.Length + RowsPerPart - 1) / RowsPerPart, _runRows);
        }

        double loss = 0;
        foreach (double each in _losses) loss += each;
        return (float)(loss / _losses.Length);
    }

    /// <summary>Updates weights and optimiser state.</summary>
    /// <param name="rate">Learning rate of a layer, by its index.</param>
    /// <param name="step">Steps done, this one included.</param>
    public void Update(ReadOnlySpan<double> rate, int step)
    {
        for (int l = 0; l < _sizes.Length; l++) _sizes[l] = _optimizer.At(rate[l], step);
        _team.Run(_parts.Length, _runInputs);
    }

    /// <summary>One layer's W as it is now, by input, [in, width].</summary>
    public float[] Weights(int layer) => _layers[layer].Weights.Span.ToArray();

    public void Dispose()
    {
        foreach (RotatedLayer layer in _layers) layer.Dispose();
        _rows.Dispose();
        _rotationSum.Dispose();
        _base.Dispose();
    }

    private void RunRows(int part)
    {
        int from = part * RowsPerPart;
        int rows = Math.Min(RowsPerPart, _losses.Length - from);
        RotatedLayer first = _layers[0];
        RotatedLayer last = _layers[^1];
        for (int row = from; row < from + rows; row++)
            _rows.Counts[row] = _kernels.Sparsify(_inputs + ((long)row * first.Inputs), first.Inputs, _background, _rows.Row(row));
        _kernels.Multiply(_rows, from, from + rows, first.Rotation.Start, first.InputWidth, _base.Start, At(first.Rotated, first.InputWidth, from));
        for (int l = 0; l < _layers.Length; l++)
        {
            RotatedLayer layer = _layers[l];
            float* rotated = At(layer.Rotated, layer.InputWidth, from);
            if (l > 0)
            {
                float* below = At(_layers[l - 1].Activations, _layers[l - 1].Width, from);
                _kernels.Rectify(below, rows * layer.InputWidth);
                _kernels.MultiplyDense(below, layer.InputWidth, 1, rows, layer.Inputs, layer.Rotation.Start, layer.InputWidth, rotated);
            }

            _kernels.MultiplyDense(rotated, layer.InputWidth, 1, rows, layer.Inputs, layer.Weights.Start, layer.Width, At(layer.Activations, layer.Width, from));
        }

        for (int row = from; row < from + rows; row++)
        {
            _losses[row] = _kernels.CrossEntropy(
                At(last.Activations, last.Width, row), last.Outputs, last.Width, _labels[row], 1f / _losses.Length, At(last.Deltas, last.Width, row));
        }

        for (int l = _layers.Length - 1; l > 0; l--)
        {
            (RotatedLayer layer, RotatedLayer below) = (_layers[l], _layers[l - 1]);
            float* rotated = At(layer.RotatedDeltas, layer.InputWidth, from);
            float* deltas = At(below.Deltas, below.Width, from);
            _kernels.MultiplyDense(At(layer.Deltas, layer.Width, from), layer.Width, 1, rows, layer.Outputs, layer.WeightsByOutput.Start, layer.InputWidth, rotated);
            _kernels.MultiplyDense(rotated, layer.InputWidth, 1, rows, layer.Inputs, layer.Inverse.Start, layer.InputWidth, deltas);
            _kernels.Gate(At(below.Activations, below.Width, from), deltas, rows * below.Width);
        }
    }

    private void RunInputs(int part)
    {
        StepPart inputs = _parts[part];
        RotatedLayer layer = _layers[inputs.Layer];
        int count = inputs.To - inputs.From;
        float[] gradients = ArrayPool<float>.Shared.Rent(count * layer.Width);
        fixed (float* g = gradients)
            _kernels.MultiplyDense(layer.Rotated.Start + inputs.From, 1, layer.InputWidth, count, _losses.Length, layer.Deltas.Start, layer.Width, g);
        int per = layer.Width * layer.StatePerWeight;
        _optimizer.Update(
            layer.Weights.Span[(inputs.From * layer.Width)..(inputs.To * layer.Width)], gradients, _ones, layer.State.Span[(inputs.From * per)..(inputs.To * per)], _sizes[inputs.Layer]);
        ArrayPool<float>.Shared.Return(gradients);
        Derive(inputs);
    }

    // The weights by output carry gradients down; the first layer's carry none.
    private void Derive(StepPart inputs)
    {
        if (inputs.Layer == 0) return;
        RotatedLayer layer = _layers[inputs.Layer];
        float* weights = layer.Weights.Start + ((long)inputs.From * layer.Width);
        _kernels.Transpose(weights, inputs.To - inputs.From, layer.Width, layer.Outputs, layer.WeightsByOutput.Start + inputs.From, layer.InputWidth);
    }

    private static float* At(AlignedFloats values, int width, int row) => values.Start + ((long)row * width);
}
