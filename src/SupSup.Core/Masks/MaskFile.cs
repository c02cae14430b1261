using System.Buffers.Binary;
using System.IO.Hashing;
using SupSup.Core.Networks;

namespace SupSup.Core.Masks;

/// <summary>
/// The packed mask file, byte by byte in docs/formats.md: magic "SUPMASK\0", version, network hash, layer table with
/// bit counts, the bits, and a checksum (XXH128) over all that precedes it. All numbers are little-endian.
/// </summary>
public static class MaskFile
{
    /// <summary>Format version written.</summary>
    public const ushort Version = 1;

    private const int HeaderBytes = 8 + 2 + 2 + 16;
    private const int LayerBytes = 4 + 4 + 4 + 4;
    private const int ChecksumBytes = 16;
    private const uint DenseEncoding = 0;
    private const string Remedy = "restore it from a backup, or train the task again under a new index";

    private static ReadOnlySpan<byte> Magic => "SUPMASK\0"u8;

    /// <summary>Size of the file of a mask, in bytes.</summary>
    /// <param name="shape">The network's shape.</param>
    public static int Size(NetworkShape shape) =>
        HeaderBytes + LayerBytes * shape.Layers.Length + shape.PackedBytes + ChecksumBytes;

    /// <summary>The checksum that ends a file, in hexadecimal.</summary>
    /// <param name="file">A file made by <see cref="Write"/>.</param>
    public static string Checksum(ReadOnlySpan<byte> file) => Convert.ToHexStringLower(file[^ChecksumBytes..]);

    /// <summary>Serialises a mask.</summary>
    /// <param name="network">The network the mask belongs to.</param>
    /// <param name="mask">The mask.</param>
    /// <exception cref="ArgumentException">The mask has another shape than the network.</exception>
    public static byte[] Write(FixedNetwork network, TaskMask mask)
    {
        mask.CheckFits(network.Shape);
        byte[] file = new byte[Size(network.Shape)];
        Span<byte> rest = file;
        Magic.CopyTo(rest);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[8..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[10..], (ushort)network.Shape.Layers.Length);
        BinaryPrimitives.WriteUInt128LittleEndian(rest[12..], network.Hash);
        rest = rest[HeaderBytes..];
        for (int l = 0; l < network.Shape.Layers.Length; l++, rest = rest[LayerBytes..])
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, network.Shape.Layers[l].Outputs);
            BinaryPrimitives.WriteInt32LittleEndian(rest[4..], network.Shape.Layers[l].FanIn);
            BinaryPrimitives.WriteInt32LittleEndian(rest[8..], mask.CountOnes(l));
            BinaryPrimitives.WriteUInt32LittleEndian(rest[12..], DenseEncoding);
        }

        mask.Bits.Span.CopyTo(rest);
        UInt128 checksum = XxHash128.HashToUInt128(file.AsSpan(0, file.Length - ChecksumBytes));
        BinaryPrimitives.WriteUInt128LittleEndian(rest[mask.Bits.Length..], checksum);
        return file;
    }

    /// <summary>Reads a mask and proves it whole.</summary>
    /// <param name="network">The network the mask must belong to.</param>
    /// <param name="file">The file's bytes.</param>
    /// <param name="name">What to call the file in an error.</param>
    /// <exception cref="MaskFileException">The bytes are damaged, truncated, of another version or another network.</exception>
    public static TaskMask Read(FixedNetwork network, ReadOnlySpan<byte> file, string name)
    {
        if (file.Length < HeaderBytes + ChecksumBytes)
            throw new MaskFileException($"mask {name} is damaged: it ends after {file.Length} bytes; {Remedy}");
        if (!file.StartsWith(Magic))
            throw new MaskFileException($"mask {name} is damaged: it does not start as a packed mask file; {Remedy}");
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(file[8..]);
        if (version != Version)
        {
            throw new MaskFileException(
                $"mask {name} has format version {version}, this build reads version {Version}; use the build that wrote it");
        }

        if (BinaryPrimitives.ReadUInt128LittleEndian(file[^ChecksumBytes..]) != XxHash128.HashToUInt128(file[..^ChecksumBytes]))
            throw new MaskFileException($"mask {name} is damaged: its checksum does not match its {file.Length} bytes; {Remedy}");
        if (BinaryPrimitives.ReadUInt128LittleEndian(file[12..]) != network.Hash)
        {
            throw new MaskFileException(
                $"mask {name} belongs to another network than {network.Plan} with seed {network.Seed}; "
                + "open it with the model it was trained for");
        }

        int layers = BinaryPrimitives.ReadUInt16LittleEndian(file[10..]);
        if (layers != network.Shape.Layers.Length || file.Length != Size(network.Shape))
        {
            throw new MaskFileException(
                $"mask {name} is damaged: {file.Length} bytes and {layers} layers do not make a mask of network {network.Plan}; {Remedy}");
        }

        TaskMask mask = Mask(network.Shape, file[(HeaderBytes + LayerBytes * layers)..^ChecksumBytes], name);
        for (int l = 0; l < layers; l++)
        {
            ReadOnlySpan<byte> entry = file[(HeaderBytes + LayerBytes * l)..];
            uint encoding = BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
            if (encoding != DenseEncoding)
            {
                throw new MaskFileException(
                    $"mask {name}: layer {l} has encoding {encoding}, this build reads encoding {DenseEncoding}; "
                    + "use the build that wrote it");
            }

            LayerShape shape = network.Shape.Layers[l];
            if (BinaryPrimitives.ReadInt32LittleEndian(entry) != shape.Outputs
                || BinaryPrimitives.ReadInt32LittleEndian(entry[4..]) != shape.FanIn
                || BinaryPrimitives.ReadInt32LittleEndian(entry[8..]) != mask.CountOnes(l))
                throw new MaskFileException($"mask {name} is damaged: its table disagrees with the bits of layer {l}; {Remedy}");
        }

        return mask;
    }

    private static TaskMask Mask(NetworkShape shape, ReadOnlySpan<byte> bits, string name)
    {
        try
        {
            return new TaskMask(shape, bits.ToArray());
        }
        catch (ArgumentException error)
        {
            throw new MaskFileException($"mask {name} is damaged: {error.Message}; {Remedy}");
        }
    }
}
