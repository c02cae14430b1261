using System.Collections.Concurrent;
using SupSup.Core.Convolutions;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Teams;

namespace SupSup.Core.Engines;

/// <summary>A plan over planes under one mask. Runs on the calling thread; each call takes buffers that no other has.</summary>
internal sealed class ConvolutionNetwork : IMaskedNetwork
{
    // Images that go through the layers together; more would only take more memory.
    private const int Chunk = 64;

    // Up to so many are faster one by one than as lanes of a block that is not full; their logits are the same.
    private const int OneByOne = 4;

    private readonly FixedNetwork _network;
    private readonly TaskMask _mask;
    private readonly ConcurrentBag<PictureGraph> _single = [];
    private readonly ConcurrentBag<PlaneGraph> _few = [];
    private readonly ConcurrentBag<PlaneGraph> _many = [];

    public ConvolutionNetwork(FixedNetwork network, TaskMask mask)
    {
        mask.CheckFits(network.Plan);
        (_network, _mask) = (network, mask);
    }

    /// <inheritdoc/>
    public float[] Logits(ReadOnlySpan<float> inputs, int rows) => Run(inputs, rows).Logits;

    /// <inheritdoc/>
    public MaskPrediction[] Predict(ReadOnlySpan<float> inputs, int rows, int classes)
    {
        (float[] logits, double[] divergences) = Run(inputs, rows);
        return MaskPrediction.OfRows(logits, divergences, classes);
    }

    /// <inheritdoc/>
    public long Trim()
    {
        foreach (ConcurrentBag<PlaneGraph> graphs in new[] { _few, _many })
            while (graphs.TryTake(out PlaneGraph? graph)) graph.Dispose();
        return _single.Sum(graph => graph.MemoryBytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Trim();
        foreach (PictureGraph graph in _single) graph.Dispose();
    }

    private (float[] Logits, double[] Divergences) Run(ReadOnlySpan<float> inputs, int rows)
    {
        (int width, int outputs) = (_network.Plan.Inputs, _network.Plan.Outputs);
        if (rows < 1 || inputs.Length != (long)rows * width)
        {
            throw new ArgumentException(
                $"{rows} rows of network {_network.Plan} need {(long)rows * width} input values, not {inputs.Length}");
        }

        (float[] logits, double[] divergences) = (new float[rows * outputs], new double[rows]);
        if (_network.Plan.GoesByBatch)
        {
            using PlaneGraph all = Graph(rows);
            all.Forward(inputs, rows, logits);
            for (int row = 0; row < rows; row++) divergences[row] = all.Divergence(row);
            return (logits, divergences);
        }

        for (int first = 0; first < rows;)
        {
            int some = Math.Min(Chunk, rows - first);
            if (some <= OneByOne)
            {
                PictureGraph single = _single.TryTake(out PictureGraph? idle) ? idle : new(_network, _mask, Effective);
                for (; first < rows; first++)
                {
                    single.Forward(inputs.Slice(first * width, width), logits.AsSpan(first * outputs, outputs));
                    divergences[first] = single.Divergence;
                }

                _single.Add(single);
                break;
            }

            ConcurrentBag<PlaneGraph> free = some <= Planes.Lanes ? _few : _many;
            PlaneGraph graph = free.TryTake(out PlaneGraph? taken) ? taken : Graph(some <= Planes.Lanes ? Planes.Lanes : Chunk);
            graph.Forward(inputs.Slice(first * width, some * width), some, logits.AsSpan(first * outputs));
            for (int row = 0; row < some; row++) divergences[first + row] = graph.Divergence(row);
            free.Add(graph);
            first += some;
        }

        return (logits, divergences);
    }

    private PlaneGraph Graph(int rows)
    {
        PlaneGraph graph = new(_network, rows, trains: false, Alone.Team);
        for (int l = 0; l < _network.Shape.Layers.Length; l++) graph.Set(l, Effective(l));
        graph.Set(_mask.Statistics);
        return graph;
    }

    private float[] Effective(int layer)
    {
        float[] effective = new float[_network.Shape.Layers[layer].Count];
        MaskBits.Select(_mask.Layer(layer), _network.Weights(layer), effective);
        return effective;
    }
}
