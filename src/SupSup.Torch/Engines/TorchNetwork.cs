using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Torch.Engines;

/// <summary>The network of one task. Several threads may run it at once.</summary>
internal sealed class TorchNetwork : IMaskedNetwork
{
    // Examples that go through together; more would only take more memory.
    private const int Chunk = 256;

    private readonly NetworkPlan _plan;
    private readonly Device _device;
    private readonly int _threads;
    private readonly int _chunk;
    private readonly Tensor[] _weights;
    private readonly Tensor _statistics;

    public TorchNetwork(FixedNetwork network, TaskMask mask, Device device, int threads)
    {
        mask.CheckFits(network.Plan);
        (_plan, _device, _threads) = (network.Plan, device, threads);
        _chunk = _plan.GoesByBatch ? int.MaxValue : Chunk;
        PlanStep[] weighted = [.. _plan.Leaves.Where(static step => step.Masked is not null)];
        _weights = [.. weighted.Select((step, l) =>
        {
            float[] weights = new float[network.Shape.Layers[l].Count];
            MaskBits.Select(mask.Layer(l), network.Weights(l), weights);
            return tensor(weights, PlanPass.WeightSizes(step), float32, device);
        })];
        _statistics = mask.Statistics is { } known
            ? tensor([.. known.Means.Concat(known.Variances).Select(static value => (float)value)], [2, known.Channels], float32, device)
            : PlanPass.InitialStatistics(_plan, device);
    }

    public float[] Logits(ReadOnlySpan<float> inputs, int rows) => Run(inputs, rows).Logits;

    public MaskPrediction[] Predict(ReadOnlySpan<float> inputs, int rows, int classes)
    {
        (float[] logits, double[] divergences) = Run(inputs, rows);
        return MaskPrediction.OfRows(logits, divergences, classes);
    }

    public long Trim() => sizeof(float) * (_weights.Sum(static weights => weights.NumberOfElements) + _statistics.NumberOfElements);

    public void Dispose()
    {
        foreach (Tensor weights in _weights) weights.Dispose();
        _statistics.Dispose();
    }

    private (float[] Logits, double[] Divergences) Run(ReadOnlySpan<float> inputs, int rows)
    {
        if (rows < 1 || inputs.Length != (long)rows * _plan.Inputs)
            throw new ArgumentException(
                $"{rows} rows of network {_plan} need {(long)rows * _plan.Inputs} input values, not {inputs.Length}");
        set_num_threads(_threads); // of the calling thread
        using IDisposable constant = no_grad();
        (float[] logits, double[] divergences) = (new float[rows * _plan.Outputs], new double[rows]);
        for (int first = 0; first < rows; first += _chunk)
        {
            int some = Math.Min(_chunk, rows - first);
            using DisposeScope scope = NewDisposeScope();
            float[] chunk = inputs.Slice(first * _plan.Inputs, some * _plan.Inputs).ToArray();
            (Tensor made, Tensor? apart) = PlanPass.Measure(
                _plan, tensor(chunk, [some, _plan.Inputs], float32, _device), _weights, _statistics);
            made.cpu().data<float>().CopyTo(logits.AsSpan(first * _plan.Outputs));
            apart?.cpu().data<double>().CopyTo(divergences.AsSpan(first));
        }

        return (logits, divergences);
    }
}
