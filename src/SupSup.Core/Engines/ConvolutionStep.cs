using System.Collections.Immutable;
using SupSup.Core.Convolutions;
using SupSup.Core.Kernels;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Teams;

namespace SupSup.Core.Engines;

/// <summary>Trains one mask of a plan over planes.</summary>
internal sealed class ConvolutionStep : ITrainingStep
{
    private readonly FixedNetwork _network;
    private readonly IMaskRule _rule;
    private readonly IScoreOptimizer _optimizer;
    private readonly double _decay;
    private readonly ITeam _team;
    private readonly ImmutableArray<float[]> _scores;
    private readonly ImmutableArray<float[]> _state;
    private readonly ImmutableArray<float[]> _effective;
    private readonly int[] _largestFirst;
    private readonly int _width;
    private PlaneGraph _graph;
    private int _room;
    private float[] _logits;
    private float[] _gradients;

    public ConvolutionStep(FixedNetwork network, IMaskRule rule, IScoreOptimizer optimizer, double decay, int rows, ITeam team)
    {
        (_network, _rule, _optimizer, _decay, _team) = (network, rule, optimizer, decay, team);
        ImmutableArray<LayerShape> layers = network.Shape.Layers;
        _scores = [.. layers.Select(layer => new float[layer.Count])];
        _state = [.. layers.Select(layer => new float[layer.Count * optimizer.StatePerScore])];
        _effective = [.. layers.Select(layer => new float[layer.Count])];
        _largestFirst = [.. Enumerable.Range(0, layers.Length).OrderByDescending(l => layers[l].Count)];
        _width = AlignedFloats.Width(network.Plan.Outputs);
        (_graph, _room, _logits, _gradients) = (new PlaneGraph(network, rows, trains: true, team), rows, [], []);
    }

    /// <inheritdoc/>
    public void Load(IReadOnlyList<float[]> scores, IReadOnlyList<float[]>? state, float[]? statistics)
    {
        for (int l = 0; l < _scores.Length; l++)
        {
            scores[l].CopyTo(_scores[l], 0);
            if (state is null) Array.Clear(_state[l]);
            else state[l].CopyTo(_state[l], 0);
        }

        if (statistics is { Length: > 0 }) SetRunning(_graph, statistics);
        _team.Run(_scores.Length, n => Apply(_largestFirst[n]));
    }

    /// <inheritdoc/>
    public float[] Statistics()
    {
        Normalization[] own = [.. _graph.Normalizations.Where(each => !each.IsOfBatch)];
        return [.. own.SelectMany(each => each.Running.Take(each.Channels)), .. own.SelectMany(each => each.Running.Skip(each.Channels))];
    }

    /// <inheritdoc/>
    public float[] Scores(int layer) => [.. _scores[layer]];

    /// <inheritdoc/>
    public float[] State(int layer) => [.. _state[layer]];

    /// <inheritdoc/>
    public float[] Effective(int layer) => [.. _effective[layer]];

    /// <summary>dL/dW_eff of one layer, [outputs, fan-in], from the last <see cref="Differentiate"/>.</summary>
    internal ReadOnlySpan<float> Gradient(int layer) => _graph.Convolutions[layer].Gradient;

    /// <inheritdoc/>
    public unsafe float Differentiate(ReadOnlySpan<float> inputs, ReadOnlySpan<int> labels)
    {
        (int rows, int outputs) = (labels.Length, _network.Plan.Outputs);
        MakeRoom(rows);
        _graph.Forward(inputs, rows, _logits);
        double loss = 0;
        float* row = stackalloc float[_width];
        fixed (float* gradients = _gradients)
        {
            for (int n = 0; n < rows; n++)
            {
                _logits.AsSpan(n * outputs, outputs).CopyTo(new Span<float>(row, outputs));
                loss += StepKernelChoice.Best.CrossEntropy(row, outputs, _width, labels[n], 1f / rows, gradients + ((nint)n * _width));
            }
        }

        _graph.Backward(_gradients, _width);
        return (float)(loss / rows);
    }

    /// <inheritdoc/>
    public void Update(ReadOnlySpan<double> rates, int step)
    {
        foreach (Normalization normalization in _graph.Normalizations) normalization.Follow();
        StepSize[] sizes = new StepSize[rates.Length];
        for (int l = 0; l < sizes.Length; l++) sizes[l] = _optimizer.At(rates[l], step);
        _team.Run(_scores.Length, n =>
        {
            int l = _largestFirst[n];
            Span<float> gradients = _graph.Convolutions[l].Gradient;
            _rule.Differentiate(_scores[l], gradients);
            ScoreDecay.Add(_decay, _scores[l], _network.Weights(l), gradients);
            _optimizer.Update(_scores[l], gradients, _network.Weights(l), _state[l], sizes[l]);
            Apply(l);
        });
    }

    public void Dispose() => _graph.Dispose();

    private static void SetRunning(PlaneGraph graph, float[] statistics)
    {
        int first = 0;
        foreach (Normalization each in graph.Normalizations.Where(each => !each.IsOfBatch))
        {
            Array.Copy(statistics, first, each.Running, 0, each.Channels);
            Array.Copy(statistics, (statistics.Length / 2) + first, each.Running, each.Channels, each.Channels);
            first += each.Channels;
        }
    }

    private void Apply(int layer)
    {
        LayerShape shape = _network.Shape.Layers[layer];
        MaskThreshold threshold = _rule.IsLocal ? default : _rule.Threshold(shape, _scores[layer], shape.FanIn, shape.FanIn);
        _rule.Apply(_scores[layer], _network.Weights(layer), threshold, 0, _effective[layer]);
        _graph.Set(layer, _effective[layer]);
    }

    private void MakeRoom(int rows)
    {
        if (rows > _room)
        {
            float[] statistics = Statistics();
            _graph.Dispose();
            (_graph, _room) = (new PlaneGraph(_network, rows, trains: true, _team), rows);
            SetRunning(_graph, statistics);
            for (int l = 0; l < _effective.Length; l++) _graph.Set(l, _effective[l]);
        }

        if (_gradients.Length < rows * _width)
            (_logits, _gradients) = (new float[rows * _network.Plan.Outputs], new float[rows * _width]);
    }
}
