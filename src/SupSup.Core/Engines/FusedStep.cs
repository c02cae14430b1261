using System.Collections.Immutable;
using SupSup.Core.Kernels;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Teams;

namespace SupSup.Core.Engines;

/// <summary>
/// Forward, backward and update of one batch in three phases. Rows: each row goes up and down through all layers.
/// Transposes: what the rows of the batch list becomes what each input lists, and weights by input become weights by
/// output. Inputs: each input's gradients are summed and its parameters, optimiser state and effective weights updated while
/// they are in the cache. Nothing is allocated. An input row is background · 1 plus a sparse rest, so that products with
/// the first layer, which has most of the weights, cost what differs from the background, and the background itself one
/// term for all rows. Hidden rows are half zeros: dense tiles that reuse their loads are faster there.
/// </summary>
internal sealed unsafe class FusedStep : ITrainingStep
{
    // Rows that go through the layers together: as many as leave each thread a part, since all of them read the weights once.
    private const int FewestRows = 16;
    private const int MostRows = 64;

    private readonly MaskedScores _scores;
    private readonly IStepKernels _kernels;
    private readonly ITeam _team;
    private readonly ImmutableArray<StepPart> _parts;
    private readonly AlignedFloats?[] _gradients = new AlignedFloats?[Environment.ProcessorCount];
    private readonly AlignedFloats _partSums;
    private readonly AlignedFloats _base;
    private readonly AlignedFloats _deltaSum;
    private readonly Action<int> _runRows;
    private readonly Action<int> _runTranspose;
    private readonly Action<int> _runInputs;
    private readonly Action<int> _runGather;
    private readonly Action<int> _runApply;
    private readonly int _largestPart;
    private SparseRows _rows;
    private SparseRows _columns;
    private double[] _losses;
    private float* _inputs;
    private int* _labels;
    private float _background;
    private int _rowsPerPart;

    public FusedStep(FixedNetwork network, IMaskRule rule, IScoreOptimizer optimizer, int rows, ITeam team, IStepKernels kernels)
    {
        (NetworkShape shape, _kernels, _team) = (network.Shape, kernels, team);
        _scores = new MaskedScores(rule, optimizer, shape.Layers.Length);
        Layers = [.. shape.Layers.Select((layer, l) => new StepLayer(layer, network.WeightsByInput(l), optimizer.StatePerScore, rows))];
        _parts = [.. Layers.SelectMany((layer, l) => layer.Parts(l))];
        _largestPart = _parts.Max(part => (part.To - part.From) * Layers[part.Layer].Width);
        (_rows, _columns) = (new SparseRows(rows, network.Plan.Inputs), new SparseRows(network.Plan.Inputs, rows));
        _partSums = new AlignedFloats(_parts.Length * Layers[0].Width);
        _base = new AlignedFloats(Layers[0].Width);
        _deltaSum = new AlignedFloats(Layers[0].Width);
        _losses = new double[rows];
        (_runRows, _runTranspose, _runInputs, _runGather, _runApply) = (RunRows, RunTranspose, RunInputs, RunGather, RunApply);
    }

    public ImmutableArray<StepLayer> Layers { get; }

    /// <summary>L2 decay of the scores.</summary>
    public double Decay { init => _scores.Decay = value; }

    private int Rows => _losses.Length;

    /// <summary>Makes the effective weights of the parameters as they are now.</summary>
    public void ApplyMask()
    {
        _team.Run(Layers.Length, _runGather);
        _team.Run(_parts.Length, _runApply);
    }

    /// <inheritdoc/>
    public void Load(IReadOnlyList<float[]> scores, IReadOnlyList<float[]>? state, float[]? statistics)
    {
        for (int l = 0; l < Layers.Length; l++)
        {
            StepLayer layer = Layers[l];
            layer.Set(scores[l]);
            for (int run = 0; state is not null && run < layer.StatePerScore; run++)
                layer.Set(state[l].AsSpan(run * layer.Shape.Count, layer.Shape.Count), run);
        }

        ApplyMask();
    }

    /// <inheritdoc/>
    public float[] Statistics() => [];

    /// <inheritdoc/>
    public float[] Scores(int layer) => Layers[layer].Get();

    /// <inheritdoc/>
    public float[] State(int layer) => [.. Enumerable.Range(0, Layers[layer].StatePerScore).SelectMany(run => Layers[layer].Get(run))];

    /// <inheritdoc/>
    public float[] Effective(int layer) => Layers[layer].GetEffective();

    /// <inheritdoc/>
    public float Differentiate(ReadOnlySpan<float> inputs, ReadOnlySpan<int> labels)
    {
        SetRows(labels.Length);
        _background = Background.Find(inputs);
        SumParts();
        fixed (float* x = inputs)
        fixed (int* y = labels)
        {
            _inputs = x;
            _labels = y;
            _rowsPerPart = Math.Clamp(Rows / _team.Threads, FewestRows, MostRows);
            _team.Run((Rows + _rowsPerPart - 1) / _rowsPerPart, _runRows);
        }

        double loss = 0;
        foreach (double each in _losses) loss += each;
        return (float)(loss / Rows);
    }

    /// <inheritdoc/>
    public void Update(ReadOnlySpan<double> rates, int step)
    {
        _scores.Begin(rates, step);
        _team.Run(1, _runTranspose);
        _team.Run(_parts.Length, _runInputs);
        if (!_scores.IsLocal) ApplyMask();
    }

    public void Dispose()
    {
        foreach (StepLayer layer in Layers) layer.Dispose();
        DisposeRows();
        foreach (AlignedFloats? buffer in _gradients) buffer?.Dispose();
        _partSums.Dispose();
        _base.Dispose();
        _deltaSum.Dispose();
    }

    private void DisposeRows()
    {
        _rows.Dispose();
        _columns.Dispose();
    }

    private void SetRows(int rows)
    {
        if (rows == Rows) return;
        foreach (StepLayer layer in Layers) layer.SetRows(rows);
        DisposeRows();
        (_rows, _columns) = (new SparseRows(rows, Layers[0].Shape.FanIn), new SparseRows(Layers[0].Shape.FanIn, rows));
        _losses = new double[rows];
    }

    private void RunRows(int part)
    {
        int from = part * _rowsPerPart;
        int rows = Math.Min(_rowsPerPart, Rows - from);
        StepLayer first = Layers[0];
        StepLayer last = Layers[^1];
        int columns = first.Shape.FanIn;
        for (int row = from; row < from + rows; row++)
            _rows.Counts[row] = _kernels.Sparsify(_inputs + ((long)row * columns), columns, _background, _rows.Row(row));
        _kernels.Multiply(_rows, from, from + rows, first.Effective.Start, first.Width, _base.Start, 0, Outputs(first, from));
        for (int l = 1; l < Layers.Length; l++)
        {
            StepLayer layer = Layers[l];
            StepLayer below = Layers[l - 1];
            _kernels.Rectify(Outputs(below, from), rows * below.Width);
            _kernels.MultiplyDense(
                Outputs(below, from), below.Width, 1, rows, layer.Shape.FanIn, layer.Effective.Start, layer.Width, Outputs(layer, from));
        }

        for (int row = from; row < from + rows; row++)
        {
            _losses[row] = _kernels.CrossEntropy(
                Outputs(last, row), last.Shape.Outputs, last.Width, _labels[row], 1f / Rows, Deltas(last, row));
        }

        for (int l = Layers.Length - 1; l > 0; l--)
        {
            StepLayer layer = Layers[l];
            StepLayer below = Layers[l - 1];
            _kernels.MultiplyDense(
                Deltas(layer, from), layer.Width, 1, rows, layer.Shape.Outputs,
                layer.EffectiveByOutput.Start, below.Width, Deltas(below, from));
            _kernels.Gate(Outputs(below, from), Deltas(below, from), rows * below.Width);
        }
    }

    private void RunTranspose(int part)
    {
        StepLayer first = Layers[0];
        _columns.SetTransposeOf(_rows);
        _kernels.SumRows(first.Deltas.Start, Rows, first.Width, _deltaSum.Start);
        foreach (ref float sum in _deltaSum.Span) sum *= _background;
    }

    private void RunInputs(int part)
    {
        StepPart inputs = _parts[part];
        StepLayer layer = Layers[inputs.Layer];
        AlignedFloats buffer = TakeGradients();
        float* gradients = buffer.Start;
        if (inputs.Layer == 0)
        {
            _kernels.Multiply(_columns, inputs.From, inputs.To, layer.Deltas.Start, layer.Width, _deltaSum.Start, 0, gradients);
        }
        else
        {
            StepLayer below = Layers[inputs.Layer - 1];
            _kernels.MultiplyDense(
                below.Outputs.Start + inputs.From, 1, below.Width, inputs.To - inputs.From, Rows,
                layer.Deltas.Start, layer.Width, gradients);
        }

        _scores.Update(layer, inputs, new Span<float>(gradients, (inputs.To - inputs.From) * layer.Width));
        Return(buffer);
        if (_scores.IsLocal) RunApply(part);
    }

    private void RunGather(int layer) => _scores.Gather(Layers[layer], layer);

    private void RunApply(int part)
    {
        _scores.Apply(Layers[_parts[part].Layer], _parts[part]);
        Derive(part);
    }

    // A thread goes from part to part with the same few buffers, which therefore stay in its cache.
    private AlignedFloats TakeGradients()
    {
        for (int n = 0; n < _gradients.Length; n++)
            if (Interlocked.Exchange(ref _gradients[n], null) is { } free) return free;
        return new AlignedFloats(_largestPart);
    }

    private void Return(AlignedFloats buffer)
    {
        for (int n = 0; n < _gradients.Length; n++)
            if (Interlocked.CompareExchange(ref _gradients[n], buffer, null) is null) return;
        buffer.Dispose();
    }

    private static float* Outputs(StepLayer layer, int row) => layer.Outputs.Start + ((long)row * layer.Width);

    private static float* Deltas(StepLayer layer, int row) => layer.Deltas.Start + ((long)row * layer.Width);

    // What is made of a part's effective weights. First layer: their sum over the part's inputs, which the background
    // passes on. Others: the same weights by output, which carry gradients down.
    private void Derive(int part)
    {
        StepPart inputs = _parts[part];
        StepLayer layer = Layers[inputs.Layer];
        float* effective = layer.Effective.Start + ((long)inputs.From * layer.Width);
        int count = inputs.To - inputs.From;
        if (inputs.Layer == 0)
        {
            _kernels.SumRows(effective, count, layer.Width, _partSums.Start + ((long)part * layer.Width));
        }
        else
        {
            float* byOutput = layer.EffectiveByOutput.Start + inputs.From;
            _kernels.Transpose(effective, count, layer.Width, layer.Shape.Outputs, byOutput, Layers[inputs.Layer - 1].Width);
        }
    }

    private void SumParts()
    {
        int parts = 0;
        while (parts < _parts.Length && _parts[parts].Layer == 0) parts++;
        _kernels.SumRows(_partSums.Start, parts, Layers[0].Width, _base.Start);
        foreach (ref float sum in _base.Span) sum *= _background;
    }
}
