using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Reference;
using static TorchSharp.torch;

namespace SupSup.Peers;

/// <summary>
/// One-shot inference of one image as the paper's own code adds masks up: those with α > 0 are selected, multiplied by α as a
/// broadcast, and summed, so that each step makes all masks again. 1.26 MB a mask for a network of 315,000 weights, and as
/// much again several times over while it runs. So measure it at k = 50 to 100, and per mask.
/// </summary>
public sealed class NaiveOneShot : SuperimposedMasks
{
    private readonly SupermaskNetwork _network;

    /// <summary>Stacks the masks.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="masks">The k masks, at least one.</param>
    public NaiveOneShot(FixedNetwork network, IReadOnlyList<TaskMask> masks)
        : this(new SupermaskNetwork(network), masks)
    {
    }

    private NaiveOneShot(SupermaskNetwork network, IReadOnlyList<TaskMask> masks)
        : base(network, [.. masks.Select(network.Unpack)]) => _network = network;

    /// <summary>Infers the task of one image.</summary>
    /// <param name="image">The image, normalised, [in].</param>
    /// <returns>The mask whose coefficient should grow the most.</returns>
    public int Infer(ReadOnlySpan<float> image)
    {
        using Tensor inputs = _network.Inputs(image);
        return OneShot(inputs, TaskObjective.H);
    }

    /// <inheritdoc/>
    protected override Tensor Superpose(Tensor alpha, Tensor masks)
    {
        Tensor used = alpha > 0;
        return (alpha[used].view(-1, 1, 1) * masks[used]).sum(dim: 0);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _network.Dispose();
        base.Dispose(disposing);
    }
}
