using System.Collections.Immutable;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;

namespace SupSup.Core.Inference;

/// <summary>
/// The network with definite weights, of one mask or of a superposition, ready to run. Runs on the calling thread;
/// several threads may run it at once.
/// </summary>
public sealed class EffectiveNetwork : IDisposable
{
    private readonly ImmutableArray<TensorBuffer> _weights;

    private EffectiveNetwork(NetworkShape shape)
    {
        FreedMemory.Keep();
        Shape = shape;
        _weights = [.. shape.Layers.Select(layer => new TensorBuffer(layer.Outputs, layer.Inputs))];
    }

    /// <summary>The network's shape.</summary>
    public NetworkShape Shape { get; }

    /// <summary>The network of one task: W ⊙ M.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="mask">The task's mask.</param>
    /// <exception cref="ArgumentException">The mask has another shape than the network.</exception>
    public static EffectiveNetwork Of(FixedNetwork network, PackedMask mask)
    {
        if (!mask.Shape.Equals(network.Shape))
            throw new ArgumentException($"a mask of network {mask.Shape} does not fit network {network.Shape}");
        EffectiveNetwork effective = new(network.Shape);
        for (int l = 0; l < network.Shape.Layers.Length; l++)
            MaskBits.Select(mask.Layer(l), network.Weights(l), effective._weights[l].Span);
        return effective;
    }

    /// <summary>The superposition with equal coefficients: W ⊙ (1/k) Σ M_i.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="counts">For each weight, how many of the k masks keep it.</param>
    /// <exception cref="ArgumentException">No mask is superimposed, or the masks have another shape than the network.</exception>
    public static EffectiveNetwork Of(FixedNetwork network, MaskCounts counts)
    {
        if (!counts.Shape.Equals(network.Shape))
            throw new ArgumentException($"a superposition of network {counts.Shape} does not fit network {network.Shape}");
        if (counts.Tasks == 0) throw new ArgumentException("a superposition needs at least one mask");
        EffectiveNetwork effective = new(network.Shape);
        for (int l = 0; l < network.Shape.Layers.Length; l++)
        {
            ReadOnlySpan<int> layer = counts.Layer(l);
            ReadOnlySpan<float> weights = network.Weights(l);
            Span<float> target = effective._weights[l].Span;
            for (int n = 0; n < target.Length; n++) target[n] = weights[n] * ((float)layer[n] / counts.Tasks);
        }

        return effective;
    }

    /// <summary>Runs the network.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="rows">Number of images.</param>
    /// <returns>Logits [rows, s].</returns>
    public float[] Logits(ReadOnlySpan<float> inputs, int rows)
    {
        using ForwardPass pass = new(Shape, _weights, inputs, rows);
        return pass.Outputs[^1].Span.ToArray();
    }

    /// <summary>Runs forward and backward once and keeps each layer's rank-one factors.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="rows">Number of images.</param>
    /// <param name="objective">H or G.</param>
    /// <param name="classes">Number of real classes.</param>
    public RankOneFactors Differentiate(ReadOnlySpan<float> inputs, int rows, IObjective objective, int classes)
    {
        objective.Check(classes, Shape.Outputs);
        using ForwardPass pass = new(Shape, _weights, inputs, rows);
        return pass.Backward(objective, classes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TensorBuffer weights in _weights) weights.Dispose();
    }
}
