using SupSup.Core.Masks;
using SupSup.Core.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Peers;

/// <summary>
/// One-shot inference as the paper's own code does it: all masks stacked as floats, the coefficients α a variable of
/// autograd, W ⊙ Σ α_i M_i built anew for each query, and the entropy differentiated by α. Time and memory are linear in
/// the number of masks k: 1.26 MB a mask for a network of 315,000 weights, and in the paper's way as much again several
/// times over while it runs. So measure it at k = 50 to 100, and per mask.
/// </summary>
public sealed class NaiveOneShot : IDisposable
{
    private readonly Tensor[] _weights;
    private readonly Tensor[] _masks;
    private readonly SuperposeBy _superposeBy;

    /// <summary>Stacks the masks.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="masks">The k masks, at least one.</param>
    /// <param name="superposeBy">How masks are added up; the paper's way by default.</param>
    public NaiveOneShot(FixedNetwork network, IReadOnlyList<PackedMask> masks, SuperposeBy superposeBy = SuperposeBy.BroadcastSum)
    {
        ArgumentNullException.ThrowIfNull(network);
        _superposeBy = superposeBy;
        Masks = masks.Count;
        _weights = PeerTensors.Weights(network);
        _masks = [.. network.Shape.Layers.Select((_, l) => Stack(masks, l))];
    }

    /// <summary>Number of masks.</summary>
    public int Masks { get; }

    /// <summary>Differentiates the entropy H of the superposition's outputs.</summary>
    /// <param name="image">The image, normalised, [in].</param>
    /// <returns>∂H/∂α per mask.</returns>
    public float[] Differentiate(ReadOnlySpan<float> image)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor alphas = full([Masks, 1, 1], 1f / Masks, float32, requires_grad: true);
        Tensor activations = PeerTensors.Image(image);
        for (int l = 0; l < _weights.Length; l++)
        {
            activations = nn.functional.linear(activations, _weights[l] * Superpose(alphas, _masks[l]));
            if (l < _weights.Length - 1) activations = nn.functional.relu(activations);
        }

        IList<Tensor> gradients = autograd.grad([PeerTensors.Entropy(activations)], [alphas]);
        return gradients[0].data<float>().ToArray();
    }

    /// <summary>Infers the task of one image.</summary>
    /// <param name="image">The image, normalised, [in].</param>
    /// <returns>The mask whose coefficient should grow the most.</returns>
    public int Infer(ReadOnlySpan<float> image)
    {
        float[] gradient = Differentiate(image);
        return Array.IndexOf(gradient, gradient.Min());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor weights in _weights) weights.Dispose();
        foreach (Tensor masks in _masks) masks.Dispose();
    }

    // α [k, 1, 1], masks [k, out, in]; gives [out, in].
    private Tensor Superpose(Tensor alphas, Tensor masks)
    {
        if (_superposeBy == SuperposeBy.MatrixProduct)
            return alphas.view(1, Masks).mm(masks.view(Masks, -1)).view(masks.shape[1], masks.shape[2]);
        Tensor used = (alphas > 0).flatten();
        return (alphas[used] * masks[used]).sum(dim: 0);
    }

    private static Tensor Stack(IReadOnlyList<PackedMask> masks, int layer)
    {
        using DisposeScope scope = NewDisposeScope();
        return stack(masks.Select(mask => PeerTensors.Mask(mask, layer).to(float32))).MoveToOuterDisposeScope();
    }
}
