using System.Collections.Immutable;
using System.Numerics.Tensors;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Inference;

/// <summary>
/// For each weight, how many masks keep it: Σ M_i, all that the superposition with equal coefficients needs. Adding a
/// task costs one pass over one mask, whatever the number of tasks. Not thread-safe.
/// </summary>
public sealed class MaskCounts
{
    private readonly int[][] _layers;

    /// <summary>Starts without masks.</summary>
    /// <param name="shape">The network's shape.</param>
    public MaskCounts(NetworkShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Shape = shape;
        _layers = [.. shape.Layers.Select(layer => new int[layer.Count])];
    }

    /// <summary>The network's shape.</summary>
    public NetworkShape Shape { get; }

    /// <summary>Number of masks counted, k.</summary>
    public int Tasks { get; private set; }

    /// <summary>The counts of one layer, [out · in].</summary>
    /// <param name="layer">Layer index.</param>
    public ReadOnlySpan<int> Layer(int layer) => _layers[layer];

    /// <summary>Counts one mask more.</summary>
    /// <param name="mask">A mask of the same shape.</param>
    public void Add(TaskMask mask) => Change(mask, +1);

    /// <summary>Takes back a mask that was added.</summary>
    /// <param name="mask">A mask of the same shape.</param>
    public void Remove(TaskMask mask) => Change(mask, -1);

    /// <summary>Adds the counts of other masks.</summary>
    /// <param name="tasks">How many masks were counted.</param>
    /// <param name="counts">Per layer their counts, [out · in].</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void Add(int tasks, ImmutableArray<int[]> counts)
    {
        Check(counts);
        for (int l = 0; l < _layers.Length; l++) TensorPrimitives.Add(_layers[l], counts[l], _layers[l]);
        Tasks += tasks;
    }

    /// <summary>Takes back the counts of masks that were added.</summary>
    /// <param name="tasks">How many masks were counted.</param>
    /// <param name="counts">Per layer their counts, [out · in].</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void Remove(int tasks, ImmutableArray<int[]> counts)
    {
        Check(counts);
        for (int l = 0; l < _layers.Length; l++) TensorPrimitives.Subtract(_layers[l], counts[l], _layers[l]);
        Tasks -= tasks;
    }

    // All lengths are proved before the first layer changes.
    private void Check(ImmutableArray<int[]> counts)
    {
        if (counts.Length != _layers.Length)
            throw new ArgumentException($"counts of {counts.Length} layers do not fit matrices {Shape}");

        for (int l = 0; l < _layers.Length; l++)
            if (counts[l].Length != _layers[l].Length)
                throw new ArgumentException($"{counts[l].Length} counts do not fit layer {l} of matrices {Shape}");
    }

    private void Change(TaskMask mask, int sign)
    {
        mask.CheckFits(Shape);
        for (int l = 0; l < _layers.Length; l++) MaskBits.Accumulate(mask.Layer(l), sign, _layers[l]);
        Tasks += sign;
    }
}
