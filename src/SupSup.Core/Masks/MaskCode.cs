using SupSup.Core.Networks;

namespace SupSup.Core.Masks;

/// <summary>
/// The bits of a mask in fewer bytes: layer after layer, each in the one of three encodings that takes least (docs/formats.md, mask file
/// version 2): <see cref="PlainLayer"/>, <see cref="SparseLayer"/> or <see cref="DifferenceLayer"/>.
/// </summary>
internal static class MaskCode
{
    private const int EncodingBits = 2;
    private const uint Plain = 0;
    private const uint Sparse = 1;
    private const uint Difference = 2;

    /// <summary>Writes a mask.</summary>
    /// <param name="network">The network.</param>
    /// <param name="mask">The mask.</param>
    public static byte[] Write(FixedNetwork network, TaskMask mask)
    {
        BitWriter all = new();
        for (int l = 0; l < network.Shape.Layers.Length; l++) all.Write(Shortest(network, l, mask.Layer(l), mask.CountOnes(l)));
        return all.ToArray();
    }

    /// <summary>Reads a mask.</summary>
    /// <param name="network">The network.</param>
    /// <param name="bytes">What <see cref="Write"/> wrote, and what follows.</param>
    /// <returns>The packed mask, <see cref="NetworkShape.PackedBytes"/> bytes, and how many bytes were read.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static (byte[] Mask, int Read) Read(FixedNetwork network, ReadOnlySpan<byte> bytes)
    {
        BitReader reader = new(bytes);
        byte[] mask = new byte[network.Shape.PackedBytes];
        Span<byte> rest = mask;
        for (int l = 0; l < network.Shape.Layers.Length; l++)
        {
            LayerShape shape = network.Shape.Layers[l];
            Span<byte> layer = rest[..shape.PackedBytes];
            switch (reader.Read(EncodingBits))
            {
                case Plain: PlainLayer.Read(ref reader, shape.Count, layer); break;
                case Difference: DifferenceLayer.Read(ref reader, shape, network.ScoreGroups(l), layer); break;
                case Sparse: SparseLayer.Read(ref reader, shape.Count, layer); break;
                case uint other: throw new InvalidDataException($"layer {l} has the unknown encoding {other}");
            }

            rest = rest[shape.PackedBytes..];
        }

        return (mask, reader.Align());
    }

    private static BitWriter Shortest(FixedNetwork network, int l, ReadOnlySpan<byte> layer, int ones)
    {
        LayerShape shape = network.Shape.Layers[l];
        BitWriter best = Begin(Plain);
        PlainLayer.Write(best, shape.Count, layer);
        if (SparseLayer.Helps(shape.Count, ones))
        {
            BitWriter sparse = Begin(Sparse);
            SparseLayer.Write(sparse, shape.Count, layer);
            if (sparse.Count < best.Count) best = sparse;
        }

        // What an own network of a task keeps has nothing to do with its initial scores: that is found out before they are sorted.
        if (DifferenceLayer.Estimate(network.ScoreGroups(l), layer) >= best.Count) return best;
        BitWriter difference = Begin(Difference);
        DifferenceLayer.Write(difference, shape, network.ScoreGroups(l), layer);
        return difference.Count < best.Count ? difference : best;
    }

    private static BitWriter Begin(uint encoding)
    {
        BitWriter writer = new();
        writer.Write(encoding, EncodingBits);
        return writer;
    }
}
