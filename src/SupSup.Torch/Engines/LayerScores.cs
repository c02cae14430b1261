using System.Runtime.InteropServices;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using static TorchSharp.torch;

namespace SupSup.Torch.Engines;

/// <summary>
/// What a training keeps of one layer: scores and optimiser state on the host, [out · fan-in], and W ⊙ M(S) on the device.
/// Several threads may each update a layer of their own.
/// </summary>
internal sealed class LayerScores : IDisposable
{
    private readonly FixedNetwork _network;
    private readonly int _layer;
    private readonly (IMaskRule Rule, IScoreOptimizer Optimizer, double Decay) _by;
    private readonly Tensor _effective;
    private Tensor? _gradients;

    public LayerScores(
        FixedNetwork network, int layer, long[] sizes, (IMaskRule Rule, IScoreOptimizer Optimizer, double Decay) by, Device device)
    {
        (_network, _layer, _by) = (network, layer, by);
        Scores = new float[Shape.Count];
        State = new float[Shape.Count * by.Optimizer.StatePerScore];
        _effective = zeros(sizes, float32);
        Effective = device.type == TorchSharp.DeviceType.CPU ? _effective : zeros(sizes, float32, device);
    }

    /// <summary>S.</summary>
    public float[] Scores { get; }

    /// <summary>The optimiser's runs of one value per score.</summary>
    public float[] State { get; }

    /// <summary>W ⊙ M(S) on the device, as of the last <see cref="Publish"/>.</summary>
    public Tensor Effective { get; }

    private LayerShape Shape => _network.Shape.Layers[_layer];

    /// <summary>Copies W ⊙ M(S), [out · fan-in].</summary>
    public float[] CopyEffective() => Floats(_effective).ToArray();

    /// <summary>Takes scores and state.</summary>
    /// <param name="scores">As many as there are.</param>
    /// <param name="state">As many as there are; null is all zeros.</param>
    public void Load(float[] scores, float[]? state)
    {
        scores.CopyTo(Scores, 0);
        if (state is null) Array.Clear(State);
        else state.CopyTo(State, 0);
        Mask();
        Publish();
    }

    /// <summary>Keeps dL/dW_eff for the next update.</summary>
    /// <param name="gradients">On the device.</param>
    public void Take(Tensor gradients)
    {
        _gradients?.Dispose();
        _gradients = gradients.cpu().contiguous().DetachFromDisposeScope();
    }

    /// <summary>One step by the gradients, on the host.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="step">Steps done, this one included.</param>
    public void Update(double rate, int step)
    {
        (IMaskRule rule, IScoreOptimizer optimizer, double decay) = _by;
        Span<float> gradients = Floats(_gradients!);
        rule.Differentiate(Scores, gradients);
        ScoreDecay.Add(decay, Scores, _network.Weights(_layer), gradients);
        optimizer.Update(Scores, gradients, _network.Weights(_layer), State, optimizer.At(rate, step));
        Mask();
    }

    /// <summary>Puts W ⊙ M(S) on the device.</summary>
    public void Publish()
    {
        if (!ReferenceEquals(Effective, _effective)) Effective.copy_(_effective);
    }

    public void Dispose()
    {
        _gradients?.Dispose();
        _effective.Dispose();
        Effective.Dispose();
    }

    private static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    private void Mask()
    {
        MaskThreshold threshold = _by.Rule.Threshold(Shape, Scores, Shape.FanIn, Shape.FanIn);
        _by.Rule.Apply(Scores, _network.Weights(_layer), threshold, 0, Floats(_effective));
    }
}
