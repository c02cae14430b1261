using System.Numerics;
using System.Runtime.InteropServices;
using SupSup.Core.Networks;

namespace SupSup.Core.Masks;

/// <summary>
/// What a task has of its own: a supermask, one bit per weight, and where the plan normalises, the statistics of its channels.
/// Bits are little-endian within bytes, layers follow one another, each starting on a byte of its own; within a layer, weight
/// [row, column] is bit row · in + column. Padding bits are zero. Immutable.
/// </summary>
public sealed class TaskMask
{
    private readonly byte[] _bits;

    /// <summary>Wraps bits that the caller no longer changes.</summary>
    /// <param name="shape">The network's shape.</param>
    /// <param name="bits">Exactly <see cref="NetworkShape.PackedBytes"/> bytes.</param>
    /// <param name="statistics">Those of its channels; null where the plan does not normalise.</param>
    /// <exception cref="ArgumentException">The length is wrong or a padding bit is set.</exception>
    public TaskMask(NetworkShape shape, byte[] bits, ChannelStatistics? statistics = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(bits);
        if (bits.Length != shape.PackedBytes)
            throw new ArgumentException($"a mask of matrices {shape} has {shape.PackedBytes} bytes, not {bits.Length}");
        (Shape, Statistics, _bits) = (shape, statistics, bits);
        for (int l = 0; l < shape.Layers.Length; l++)
        {
            int used = shape.Layers[l].Count & 7;
            if (used != 0 && Layer(l)[^1] >> used != 0)
                throw new ArgumentException($"the padding bits of layer {l} of a mask of matrices {shape} are not zero");
        }
    }

    /// <summary>The mask that keeps a weight where its effective weight is not zero.</summary>
    /// <param name="shape">The network's shape.</param>
    /// <param name="effective">Per layer W ⊙ M, [out · in]; no W is zero.</param>
    /// <param name="statistics">Those of its channels; null where the plan does not normalise.</param>
    public static TaskMask Keeping(NetworkShape shape, IEnumerable<float[]> effective, ChannelStatistics? statistics = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        byte[] bits = new byte[shape.PackedBytes];
        Span<byte> rest = bits;
        foreach (float[] layer in effective)
        {
            for (int n = 0; n < layer.Length; n++)
                if (layer[n] != 0) rest[n >> 3] |= (byte)(1 << (n & 7));
            rest = rest[((layer.Length + 7) / 8)..];
        }

        return new TaskMask(shape, bits, statistics);
    }

    /// <summary>The network's shape.</summary>
    public NetworkShape Shape { get; }

    /// <summary>Mean and variance of each normalised channel; null where the plan does not normalise.</summary>
    public ChannelStatistics? Statistics { get; }

    /// <summary>All layers' bits.</summary>
    public ReadOnlyMemory<byte> Bits => _bits;

    /// <summary>Checks that the mask covers a network's matrices.</summary>
    /// <param name="shape">The network's shape.</param>
    /// <exception cref="ArgumentException">It covers others.</exception>
    public void CheckFits(NetworkShape shape)
    {
        if (!Shape.Equals(shape)) throw new ArgumentException($"a mask of matrices {Shape} does not fit matrices {shape}");
    }

    /// <summary>Checks that the mask and its statistics are of a network.</summary>
    /// <param name="plan">The network's plan.</param>
    /// <exception cref="ArgumentException">They are of another.</exception>
    public void CheckFits(NetworkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        CheckFits(plan.Shape);
        if ((Statistics?.Channels ?? 0) != plan.NormalizedChannels)
        {
            throw new ArgumentException(
                $"network {plan} normalises {plan.NormalizedChannels} channels, "
                + $"but the mask has statistics of {Statistics?.Channels ?? 0}");
        }
    }

    /// <summary>One layer's bits, <see cref="LayerShape.PackedBytes"/> bytes.</summary>
    /// <param name="layer">Layer index.</param>
    public ReadOnlySpan<byte> Layer(int layer)
    {
        int start = 0;
        for (int l = 0; l < layer; l++) start += Shape.Layers[l].PackedBytes;
        return _bits.AsSpan(start, Shape.Layers[layer].PackedBytes);
    }

    /// <summary>Whether a weight is kept.</summary>
    /// <param name="layer">Layer index.</param>
    /// <param name="row">Output unit.</param>
    /// <param name="column">Input unit.</param>
    /// <exception cref="ArgumentOutOfRangeException">The layer has no such weight.</exception>
    public bool this[int layer, int row, int column]
    {
        get
        {
            LayerShape shape = Shape.Layers[layer];
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)shape.Outputs, nameof(row));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)shape.FanIn, nameof(column));
            int n = row * shape.FanIn + column;
            return (Layer(layer)[n >> 3] >> (n & 7) & 1) != 0;
        }
    }

    /// <summary>Number of weights kept in one layer.</summary>
    /// <param name="layer">Layer index.</param>
    public int CountOnes(int layer)
    {
        ReadOnlySpan<byte> bits = Layer(layer);
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bits);
        int ones = 0;
        foreach (ulong word in words) ones += BitOperations.PopCount(word);
        foreach (byte b in bits[(8 * words.Length)..]) ones += BitOperations.PopCount(b);
        return ones;
    }
}
