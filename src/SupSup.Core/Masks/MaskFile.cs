using System.Buffers.Binary;
using System.IO.Hashing;
using SupSup.Core.Networks;

namespace SupSup.Core.Masks;

/// <summary>
/// The packed mask file, byte by byte in docs/formats.md: magic "SUPMASK\0", version, network hash, the bits and a checksum (XXH128).
/// Version 1 has a layer table and one bit a weight. Version 2 has each layer in the encoding that takes least (<see cref="MaskCode"/>),
/// and the statistics of the channels where the plan normalises. Its checksum is that of version 1, so that a mask has one whatever the
/// version; statistics go into it behind the bits. All numbers are little-endian.
/// </summary>
public static class MaskFile
{
    /// <summary>The version that every release reads; it holds no statistics.</summary>
    public const int FirstVersion = 1;

    /// <summary>The newest version.</summary>
    public const int LatestVersion = 2;

    private const int HeaderBytes = 8 + 2 + 2 + 16;
    private const int LayerBytes = 4 + 4 + 4 + 4;
    private const int ChecksumBytes = 16;
    private const uint DenseEncoding = 0;
    private const string Remedy = "restore it from a backup, or train the task again under a new index";

    private static ReadOnlySpan<byte> Magic => "SUPMASK\0"u8;

    /// <summary>Size of the file of a mask in version 1, in bytes.</summary>
    /// <param name="shape">The network's shape.</param>
    public static int Size(NetworkShape shape) =>
        HeaderBytes + LayerBytes * shape.Layers.Length + shape.PackedBytes + ChecksumBytes;

    /// <summary>Size of the file of a mask in version 2, in bytes, if all its layers were in one encoding; a writer takes the shortest for
    /// each.</summary>
    /// <param name="network">The network the mask belongs to.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="encoding">The encoding.</param>
    public static int Size(FixedNetwork network, TaskMask mask, MaskEncoding encoding) => HeaderBytes
        + MaskCode.Size(encoding, network, mask) + StatisticsSize(network, mask) + ChecksumBytes;

    /// <summary>Bytes that a mask's statistics take of its file in version 2.</summary>
    /// <param name="network">The network the mask belongs to.</param>
    /// <param name="mask">The mask.</param>
    public static int StatisticsSize(FixedNetwork network, TaskMask mask) => Statistics(network, mask).Length;

    /// <summary>The oldest version that holds masks of a plan: the second, where it normalises.</summary>
    /// <param name="plan">The plan.</param>
    public static int OldestVersion(NetworkPlan plan) => plan.NormalizedChannels == 0 ? FirstVersion : LatestVersion;

    /// <summary>The checksum that ends a file, in hexadecimal: the same in all versions.</summary>
    /// <param name="file">A file made by <see cref="Write(FixedNetwork, TaskMask, int)"/>.</param>
    public static string Checksum(ReadOnlySpan<byte> file) => Convert.ToHexStringLower(file[^ChecksumBytes..]);

    /// <summary>The version that a file says it has; 0 where it is too short to say.</summary>
    /// <param name="file">The file's bytes.</param>
    public static int Version(ReadOnlySpan<byte> file) =>
        file.Length < HeaderBytes ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(file[Magic.Length..]);

    /// <summary>Serialises a mask in the oldest version that holds it.</summary>
    /// <param name="network">The network the mask belongs to.</param>
    /// <param name="mask">The mask.</param>
    /// <exception cref="ArgumentException">The mask has another shape than the network.</exception>
    public static byte[] Write(FixedNetwork network, TaskMask mask) => Write(network, mask, OldestVersion(network.Plan));

    /// <summary>Serialises a mask.</summary>
    /// <param name="network">The network the mask belongs to.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="version">The file's version, 1 or 2.</param>
    /// <exception cref="ArgumentException">The mask has another shape than the network or no statistics of its channels, or the version
    /// is unknown or does not hold masks of the network.</exception>
    public static byte[] Write(FixedNetwork network, TaskMask mask, int version)
    {
        mask.CheckFits(network.Plan);
        CheckHolds(version, network.Plan);
        byte[] form = FirstForm(network, mask);
        byte[] checksum = new byte[ChecksumBytes];
        BinaryPrimitives.WriteUInt128LittleEndian(checksum, Sum(form, mask));
        if (version == FirstVersion) return [.. form, .. mask.Bits.Span, .. checksum];
        BinaryPrimitives.WriteUInt16LittleEndian(form.AsSpan(Magic.Length), (ushort)version);
        return [.. form.AsSpan(0, HeaderBytes), .. MaskCode.Write(network, mask), .. Statistics(network, mask), .. checksum];
    }

    /// <summary>Checks that masks of a plan can be written in a version.</summary>
    /// <param name="version">The version.</param>
    /// <param name="plan">The plan.</param>
    /// <exception cref="ArgumentException">They cannot.</exception>
    public static void CheckHolds(int version, NetworkPlan plan)
    {
        if (version is < FirstVersion or > LatestVersion)
            throw new ArgumentException($"mask file version {version} is unknown; use {FirstVersion} to {LatestVersion}");
        if (version < OldestVersion(plan))
        {
            throw new ArgumentException(
                $"mask file version {version} has no statistics of channels, which masks of network {plan} need; "
                + $"ask for version {OldestVersion(plan)}");
        }
    }

    /// <summary>Reads a mask of any version and proves it whole.</summary>
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
        int version = Version(file);
        if (version is < FirstVersion or > LatestVersion)
        {
            throw new MaskFileException(
                $"mask {name} has format version {version}, this build reads versions {FirstVersion} to {LatestVersion}; "
                + "use the build that wrote it");
        }

        UInt128 checksum = BinaryPrimitives.ReadUInt128LittleEndian(file[^ChecksumBytes..]);
        file = file[..^ChecksumBytes];
        if (version == FirstVersion && checksum != XxHash128.HashToUInt128(file)) throw Mismatch(name, file.Length + ChecksumBytes);
        if (BinaryPrimitives.ReadUInt128LittleEndian(file[12..]) != network.Hash)
        {
            throw new MaskFileException(
                $"mask {name} belongs to another network than {network.Plan} with seed {network.Seed}; "
                + "open it with the model it was trained for");
        }

        int layers = BinaryPrimitives.ReadUInt16LittleEndian(file[10..]);
        try
        {
            if (layers != network.Shape.Layers.Length)
                throw new InvalidDataException($"it has {layers} layers, not {network.Shape.Layers.Length}");
            if (version == FirstVersion) return ReadFirst(network, file, name);
            TaskMask mask = ReadSecond(network, file[HeaderBytes..]);
            return checksum == Sum(FirstForm(network, mask), mask) ? mask : throw Mismatch(name, file.Length + ChecksumBytes);
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException)
        {
            throw new MaskFileException($"mask {name} is damaged: {error.Message}; {Remedy}");
        }
    }

    // Header and layer table of version 1.
    private static byte[] FirstForm(FixedNetwork network, TaskMask mask)
    {
        byte[] form = new byte[HeaderBytes + LayerBytes * network.Shape.Layers.Length];
        Span<byte> rest = form;
        Magic.CopyTo(rest);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[8..], FirstVersion);
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

        return form;
    }

    private static UInt128 Sum(ReadOnlySpan<byte> firstForm, TaskMask mask)
    {
        XxHash128 hash = new();
        hash.Append(firstForm);
        hash.Append(mask.Bits.Span);
        if (mask.Statistics is { } statistics) hash.Append(statistics.Write());
        return hash.GetCurrentHashAsUInt128();
    }

    private static TaskMask ReadFirst(FixedNetwork network, ReadOnlySpan<byte> file, string name)
    {
        int table = LayerBytes * network.Shape.Layers.Length;
        if (file.Length != Size(network.Shape) - ChecksumBytes)
            throw new InvalidDataException($"{file.Length + ChecksumBytes} bytes do not make a mask of network {network.Plan}");
        TaskMask mask = new(network.Shape, file[(HeaderBytes + table)..].ToArray());
        for (int l = 0; l < network.Shape.Layers.Length; l++)
        {
            ReadOnlySpan<byte> entry = file[(HeaderBytes + LayerBytes * l)..];
            uint encoding = BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
            if (encoding != DenseEncoding)
            {
                throw new MaskFileException(
                    $"mask {name}: layer {l} has encoding {encoding}, version {FirstVersion} has encoding {DenseEncoding}; "
                    + "use the build that wrote it");
            }

            LayerShape shape = network.Shape.Layers[l];
            if (BinaryPrimitives.ReadInt32LittleEndian(entry) != shape.Outputs
                || BinaryPrimitives.ReadInt32LittleEndian(entry[4..]) != shape.FanIn
                || BinaryPrimitives.ReadInt32LittleEndian(entry[8..]) != mask.CountOnes(l))
                throw new InvalidDataException($"its table disagrees with the bits of layer {l}");
        }

        mask.CheckFits(network.Plan);
        return mask;
    }

    private static TaskMask ReadSecond(FixedNetwork network, ReadOnlySpan<byte> body)
    {
        (byte[] bits, int read) = MaskCode.Read(network, body);
        body = body[read..];
        int channels = network.Plan.NormalizedChannels, halves = ChannelStatistics.Size(channels);
        int bytes = StatisticsCode.Size(network.Plan.Normalized);
        if (body.Length != halves && body.Length != bytes)
        {
            throw new InvalidDataException(
                $"{body.Length} bytes follow its bits, not the {bytes} of {channels} channels in 8 bits, or the {halves} in 16");
        }

        ChannelStatistics? statistics = channels == 0 ? null
            : body.Length == halves ? ChannelStatistics.Read(body) : StatisticsCode.Read(body, network.Plan.Normalized);
        return new TaskMask(network.Shape, bits, statistics);
    }

    // In 8 bits where that holds them and is shorter: a reader tells by the length.
    private static byte[] Statistics(FixedNetwork network, TaskMask mask)
    {
        if (mask.Statistics is not { } statistics) return [];
        byte[] halves = statistics.Write();
        byte[]? bytes = StatisticsCode.Size(network.Plan.Normalized) < halves.Length
            ? StatisticsCode.Write(statistics, network.Plan.Normalized) : null;
        return bytes ?? halves;
    }

    private static MaskFileException Mismatch(string name, int length) =>
        new($"mask {name} is damaged: its checksum does not match its {length} bytes; {Remedy}");
}
