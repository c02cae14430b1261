using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Reference;
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
    private readonly SupermaskNetwork _network;
    private readonly Tensor[][] _masks;

    /// <summary>Unpacks the masks.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="masks">The masks, at least one.</param>
    public TryEachMask(FixedNetwork network, IReadOnlyList<TaskMask> masks)
    {
        _network = new SupermaskNetwork(network);
        using DisposeScope scope = NewDisposeScope();
        _masks = [.. masks.Select(_network.Unpack).Select(
            static mask => mask.Select(static layer => layer.to(@bool).DetachFromDisposeScope()).ToArray())];
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
        return Entropy(_masks[mask], _network.Inputs(image));
    }

    /// <summary>Infers the task of one image.</summary>
    /// <param name="image">The image, normalised, [in].</param>
    /// <returns>The mask with the lowest entropy.</returns>
    public int Infer(ReadOnlySpan<float> image)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable plain = no_grad();
        Tensor inputs = _network.Inputs(image);
        float[] entropies = [.. _masks.Select(mask => Entropy(mask, inputs))];
        return Array.IndexOf(entropies, entropies.Min());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        foreach (Tensor tensor in _masks.SelectMany(static mask => mask)) tensor.Dispose();
    }

    private float Entropy(Tensor[] mask, Tensor inputs)
    {
        using DisposeScope scope = NewDisposeScope();
        return TaskObjective.H(_network.Forward(inputs, mask)).item<float>();
    }
}
