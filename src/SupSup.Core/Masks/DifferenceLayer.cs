using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SupSup.Core.Networks;

namespace SupSup.Core.Masks;

/// <summary>
/// A layer as what differs from the mask of the shared initial scores: which columns are busy, if that helps those with more weights that
/// differ than the mean, since an input that a task never uses has none; then of the other columns and of the busy ones, group by group
/// of <see cref="ScoreGroups"/>, which weights differ.
/// </summary>
internal static class DifferenceLayer
{
    /// <summary>About how many bits a layer takes, if its columns are alike: the groups' entropy, and what the code takes beyond.</summary>
    /// <param name="groups">The layer's weights by group.</param>
    /// <param name="layer">Its bits, packed.</param>
    public static double Estimate(ScoreGroups groups, ReadOnlySpan<byte> layer)
    {
        const double Count = 8, Beyond = 1.02;
        int[] lengths = new int[ScoreGroups.Count], differing = new int[ScoreGroups.Count];
        for (int n = 0; n < groups.Groups.Length; n++)
        {
            int group = groups.Groups[n];
            lengths[group]++;
            differing[group] += (layer[n >> 3] ^ groups.Initial[n >> 3]) >> (n & 7) & 1;
        }

        return lengths.Zip(differing, (all, some) => Count + Beyond * (Surprise(some, all) + Surprise(all - some, all))).Sum();
    }

    /// <summary>Writes a layer.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="shape">The layer.</param>
    /// <param name="groups">The layer's weights by group.</param>
    /// <param name="layer">Its bits, packed.</param>
    public static void Write(BitWriter writer, LayerShape shape, ScoreGroups groups, ReadOnlySpan<byte> layer)
    {
        byte[] differing = new byte[layer.Length];
        TensorPrimitives.Xor(layer, groups.Initial, differing);
        BitWriter alike = new(), apart = new();
        Write(alike, shape, groups, differing, []);
        Write(apart, shape, groups, differing, Busy(shape, differing));
        writer.Write(alike.Count <= apart.Count ? alike : apart);
    }

    private static void Write(BitWriter writer, LayerShape shape, ScoreGroups groups, byte[] differing, int[] busy)
    {
        List<int> marks = [];
        MarkCode.Write(writer, shape.FanIn, busy);
        int[] room = ArrayPool<int>.Shared.Rent(groups.Room);
        foreach (int[] columns in (int[][])[MarkCode.Others(shape.FanIn, busy), busy])
        {
            for (int g = 0; g < ScoreGroups.Count; g++)
            {
                ReadOnlySpan<int> weights = groups.Gather(g, columns, room);
                marks.Clear();
                for (int at = 0; at < weights.Length; at++)
                    if ((differing[weights[at] >> 3] >> (weights[at] & 7) & 1) != 0) marks.Add(at);
                if (weights.Length > 0) MarkCode.Write(writer, weights.Length, CollectionsMarshal.AsSpan(marks));
            }
        }

        ArrayPool<int>.Shared.Return(room);
    }

    /// <summary>Reads a layer.</summary>
    /// <param name="reader">Gives it.</param>
    /// <param name="shape">The layer.</param>
    /// <param name="groups">The layer's weights by group.</param>
    /// <param name="layer">Receives its bits, packed.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Read(ref BitReader reader, LayerShape shape, ScoreGroups groups, Span<byte> layer)
    {
        groups.Initial.CopyTo(layer);
        int[] room = ArrayPool<int>.Shared.Rent(groups.Room), marksRoom = ArrayPool<int>.Shared.Rent(Math.Max(groups.Room, shape.FanIn));
        int[] some = [.. MarkCode.Read(ref reader, shape.FanIn, marksRoom, out bool areQuiet)];
        int[] others = MarkCode.Others(shape.FanIn, some);
        foreach (int[] columns in (int[][])(areQuiet ? [some, others] : [others, some]))
        {
            for (int g = 0; g < ScoreGroups.Count; g++)
            {
                ReadOnlySpan<int> weights = groups.Gather(g, columns, room);
                if (weights.IsEmpty) continue;
                ReadOnlySpan<int> marks = MarkCode.Read(ref reader, weights.Length, marksRoom, out bool areAlike);
                if (areAlike)
                    foreach (int n in weights) layer[n >> 3] ^= (byte)(1 << (n & 7));
                foreach (int mark in marks) layer[weights[mark] >> 3] ^= (byte)(1 << (weights[mark] & 7));
            }
        }

        ArrayPool<int>.Shared.Return(marksRoom);
        ArrayPool<int>.Shared.Return(room);
    }

    private static int[] Busy(LayerShape shape, ReadOnlySpan<byte> differing)
    {
        int[] counts = new int[shape.FanIn];
        for (int row = 0, n = 0; row < shape.Outputs; row++)
            for (int column = 0; column < counts.Length; column++, n++) counts[column] += differing[n >> 3] >> (n & 7) & 1;
        double mean = counts.Average();
        return [.. Enumerable.Range(0, counts.Length).Where(column => counts[column] > mean)];
    }

    private static double Surprise(int some, int all) => some == 0 ? 0 : some * Math.Log2((double)all / some);
}
