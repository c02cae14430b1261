using SupSup.Core.Networks;

namespace SupSup.Core.Masks;

/// <summary>
/// The bits of a mask in fewer bytes: layer after layer, each in the one of three encodings that takes least (docs/formats.md, mask file
/// version 2): <see cref="PlainLayer"/>, <see cref="SparseLayer"/> or <see cref="DifferenceLayer"/>.
/// </summary>
internal static class MaskCode
{
    private const int EncodingBits = 2;

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
            switch ((MaskEncoding)reader.Read(EncodingBits))
            {
                case MaskEncoding.Bits: PlainLayer.Read(ref reader, shape.Count, layer); break;
                case MaskEncoding.Difference: DifferenceLayer.Read(ref reader, shape, network.ScoreGroups(l), layer); break;
                case MaskEncoding.Sparse: SparseLayer.Read(ref reader, shape.Count, layer); break;
                case var other: throw new InvalidDataException($"layer {l} has the unknown encoding {(int)other}");
            }

            rest = rest[shape.PackedBytes..];
        }

        return (mask, reader.Align());
    }

    /// <summary>Bytes of a mask whose layers all are in one encoding.</summary>
    /// <param name="encoding">Which.</param>
    /// <param name="network">The network.</param>
    /// <param name="mask">The mask.</param>
    public static int Size(MaskEncoding encoding, FixedNetwork network, TaskMask mask) =>
        (int)((Enumerable.Range(0, network.Shape.Layers.Length).Sum(l => Encoded(encoding, network, l, mask.Layer(l)).Count) + 7) / 8);

    private static BitWriter Shortest(FixedNetwork network, int l, ReadOnlySpan<byte> layer, int ones)
    {
        BitWriter best = Encoded(MaskEncoding.Bits, network, l, layer);
        if (SparseLayer.Helps(network.Shape.Layers[l].Count, ones))
        {
            BitWriter sparse = Encoded(MaskEncoding.Sparse, network, l, layer);
            if (sparse.Count < best.Count) best = sparse;
        }

        // What an own network of a task keeps has nothing to do with its initial scores: that is found out before they are sorted.
        if (DifferenceLayer.Estimate(network.ScoreGroups(l), layer) >= best.Count) return best;
        BitWriter difference = Encoded(MaskEncoding.Difference, network, l, layer);
        return difference.Count < best.Count ? difference : best;
    }

    private static BitWriter Encoded(MaskEncoding encoding, FixedNetwork network, int l, ReadOnlySpan<byte> layer)
    {
        LayerShape shape = network.Shape.Layers[l];
        BitWriter writer = new();
        writer.Write((uint)encoding, EncodingBits);
        switch (encoding)
        {
            case MaskEncoding.Bits: PlainLayer.Write(writer, shape.Count, layer); break;
            case MaskEncoding.Sparse: SparseLayer.Write(writer, shape.Count, layer); break;
            default: DifferenceLayer.Write(writer, shape, network.ScoreGroups(l), layer); break;
        }

        return writer;
    }
}
