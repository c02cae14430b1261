using SupSup.Core.Masks;
using SupSup.Core.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Peers;

/// <summary>
/// Finds an image's task by running every mask: W ⊙ M is built, the image run through it, and the lowest entropy wins.
/// Masks are kept as bool tensors, a byte per weight; libtorch multiplies by them eight times as fast as its where
/// selects.
/// </summary>
public sealed class TryEachMask : IDisposable
{
    private readonly Tensor[] _weights;
    private readonly Tensor[][] _masks;

    /// <summary>Unpacks the masks.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="masks">The masks, at least one.</param>
    public TryEachMask(FixedNetwork network, IReadOnlyList<PackedMask> masks)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(masks);
        _weights = PeerTensors.Weights(network);
        _masks = [.. masks.Select(mask => network.Shape.Layers.Select((_, l) => PeerTensors.Mask(mask, l)).ToArray())];
    }

    /// <summary>Number of masks.</summary>
    public int Masks => _masks.Length;

    /// <summary>Runs one mask.</summary>
    /// <param name="mask">Which.</param>
    /// <param name="image">The image, normalised, [in].</param>
    /// <returns>Entropy of softmax over all outputs, in nats.</returns>
    public float Entropy(int mask, ReadOnlySpan<float> image)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable plain = no_grad();
        return Entropy(_masks[mask], PeerTensors.Image(image));
    }

    /// <summary>Infers the task of one image.</summary>
    /// <param name="image">The image, normalised, [in].</param>
    /// <returns>The mask with the lowest entropy.</returns>
    public int Infer(ReadOnlySpan<float> image)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable plain = no_grad();
        Tensor inputs = PeerTensors.Image(image);
        float[] entropies = [.. _masks.Select(mask => Entropy(mask, inputs))];
        return Array.IndexOf(entropies, entropies.Min());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _weights.Concat(_masks.SelectMany(mask => mask))) tensor.Dispose();
    }

    private float Entropy(Tensor[] mask, Tensor inputs)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor activations = inputs;
        for (int l = 0; l < _weights.Length; l++)
        {
            activations = nn.functional.linear(activations, _weights[l] * mask[l]);
            if (l < _weights.Length - 1) activations = nn.functional.relu(activations);
        }

        return PeerTensors.Entropy(activations).item<float>();
    }
}
