using System.Buffers;
using System.Collections.Immutable;
using SupSup.Core.Kernels;
using SupSup.Core.Networks;

namespace SupSup.Core.Inference;

/// <summary>
/// All that is needed to score any mask for a batch of images, a few KB per image: for each layer the gradient δ at
/// its output and its input a. For one image dH/dW_eff of a layer is δ aᵀ, so ∂H/∂α_i = Σ_layers δᵀ (W ⊙ M_i) a.
/// </summary>
public sealed class RankOneFactors
{
    private readonly SparseImage?[] _sparse;

    /// <summary>Wraps factors.</summary>
    /// <param name="shape">The network's shape.</param>
    /// <param name="rows">Number of images.</param>
    /// <param name="deltas">Per layer δ, [rows, out]; layers at the output side may be left out.</param>
    /// <param name="activations">Per layer a, [rows, in]; as many layers.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public RankOneFactors(NetworkShape shape, int rows, ImmutableArray<float[]> deltas, ImmutableArray<float[]> activations)
    {
        ArgumentNullException.ThrowIfNull(shape);
        bool fits = deltas.Length >= 1 && deltas.Length <= shape.Layers.Length && activations.Length == deltas.Length;
        for (int l = 0; fits && l < deltas.Length; l++)
            fits = deltas[l].Length == rows * shape.Layers[l].Outputs && activations[l].Length == rows * shape.Layers[l].FanIn;
        if (!fits) throw new ArgumentException($"the factors do not fit {rows} rows of matrices {shape}");
        Shape = shape;
        Rows = rows;
        Deltas = deltas;
        Activations = activations;
        _sparse = new SparseImage?[rows];
    }

    /// <summary>The network's shape.</summary>
    public NetworkShape Shape { get; }

    /// <summary>Number of images.</summary>
    public int Rows { get; }

    /// <summary>Per layer δ, [rows, out].</summary>
    public ImmutableArray<float[]> Deltas { get; }

    /// <summary>Per layer a, [rows, in].</summary>
    public ImmutableArray<float[]> Activations { get; }

    /// <summary>Checks that the factors have the layers whose terms are to be summed.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layers">Which layers' terms.</param>
    /// <returns>How many layers these are.</returns>
    /// <exception cref="ArgumentException">The factors lack a layer, or are of another network.</exception>
    public int Scored(FixedNetwork network, LayerSelection layers)
    {
        ArgumentNullException.ThrowIfNull(network);
        int scored = layers == LayerSelection.First ? 1 : network.Shape.Layers.Length;
        if (!Shape.Equals(network.Shape) || Deltas.Length < scored)
            throw new ArgumentException(
                $"factors of {Deltas.Length} layers of matrices {Shape} are too few to score {scored} layers of network {network.Plan}");
        return scored;
    }

    /// <summary>An image's background and what differs from it; found once, whoever asks first.</summary>
    internal unsafe SparseImage Sparse(int row)
    {
        // Threads that find it at the same time find the same.
        if (_sparse[row] is { } found) return found;
        ReadOnlySpan<float> image = Activation(0, row);
        float background = Background.Find(image);
        SparseEntry[] entries = ArrayPool<SparseEntry>.Shared.Rent(image.Length);
        fixed (float* values = image)
        fixed (SparseEntry* target = entries)
        {
            int count = StepKernelChoice.Best.Sparsify(values, image.Length, background, target);
            found = new SparseImage(background, entries[..count]);
        }

        ArrayPool<SparseEntry>.Shared.Return(entries);
        return _sparse[row] = found;
    }

    /// <summary>δ of one image at one layer, [out].</summary>
    public ReadOnlySpan<float> Delta(int layer, int row) =>
        Deltas[layer].AsSpan(row * Shape.Layers[layer].Outputs, Shape.Layers[layer].Outputs);

    /// <summary>a of one image at one layer, [in].</summary>
    public ReadOnlySpan<float> Activation(int layer, int row) =>
        Activations[layer].AsSpan(row * Shape.Layers[layer].FanIn, Shape.Layers[layer].FanIn);
}
