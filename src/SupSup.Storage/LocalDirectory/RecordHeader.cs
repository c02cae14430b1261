using System.Buffers.Binary;
using System.IO.Hashing;

namespace SupSup.Storage.LocalDirectory;

/// <summary>
/// The 64 bytes in front of a record's name and payload. docs/storage-format.md has them byte by byte.
/// </summary>
/// <param name="NameLength">Bytes of the name, which says whose record it is; 0 under version 1, which has none.</param>
/// <param name="ETag">128 random bits, new with every write.</param>
/// <param name="IsTombstone">The record was cleared and only its ETag is kept.</param>
/// <param name="PayloadLength">Bytes of payload, 0 for a tombstone.</param>
/// <param name="ContentHash">XxHash128 of the name and the payload.</param>
internal readonly record struct RecordHeader(int NameLength, UInt128 ETag, bool IsTombstone, long PayloadLength, UInt128 ContentHash)
{
    /// <summary>Bytes of the header, in every version of the format.</summary>
    public const int Size = 64;

    /// <summary>The version without names, which every release reads.</summary>
    public const int FirstVersion = 1;

    /// <summary>The latest version: a record says whose it is.</summary>
    public const int LatestVersion = 2;

    private const int MostNameBytes = 4096;
    private const ushort TombstoneFlag = 1;
    private const int VersionAt = 8, FlagsAt = 10, NameLengthAt = 12, ETagAt = 16;
    private const int LengthAt = 32, HashAt = 40, CheckAt = 56;

    // As in PNG: a byte above 127, line ends both ways and an end-of-file mark show a file that was sent as text.
    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'S', (byte)'S', (byte)'G', (byte)'S', 0x0D, 0x0A, 0x1A];

    /// <summary>The ETag as grain state carries it: 32 hexadecimal digits.</summary>
    public string ETagText => ETag.ToString("x32");

    /// <summary>Whether the record says whose it is.</summary>
    public bool IsNamed => NameLength > 0;

    /// <summary>The header as it stands in the file.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(VersionAt), (ushort)(IsNamed ? LatestVersion : FirstVersion));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(FlagsAt), IsTombstone ? TombstoneFlag : (ushort)0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(NameLengthAt), NameLength);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(ETagAt), ETag);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(LengthAt), PayloadLength);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(HashAt), ContentHash);
        ulong check = XxHash64.HashToUInt64(bytes.AsSpan(0, CheckAt));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(CheckAt), check);
        return bytes;
    }

    /// <summary>Reads a header and compares it with the size of its file.</summary>
    /// <param name="bytes">The first <see cref="Size"/> bytes of the file, or all of a shorter one.</param>
    /// <param name="fileLength">Bytes of the whole file.</param>
    /// <param name="header">The header, where there is no problem.</param>
    /// <returns>What is wrong with it, as the end of a sentence; null when nothing is.</returns>
    public static string? Parse(ReadOnlySpan<byte> bytes, long fileLength, out RecordHeader header)
    {
        header = default;
        if (bytes.IsEmpty) return "it is empty";
        if (bytes.Length < Size) return $"it is cut short within its header, at {bytes.Length} of {Size} bytes";
        if (!bytes.StartsWith(Magic)) return "it does not begin as a grain state file does";
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes[CheckAt..]) != XxHash64.HashToUInt64(bytes[..CheckAt]))
            return "the checksum of its header does not match";

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[VersionAt..]);
        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(bytes[FlagsAt..]);
        long length = BinaryPrimitives.ReadInt64LittleEndian(bytes[LengthAt..]);
        if (version is < FirstVersion or > LatestVersion)
            return $"it is in format version {version}, and this release reads versions {FirstVersion} to {LatestVersion}";

        bool tombstone = flags == TombstoneFlag;
        int nameLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[NameLengthAt..]);
        if ((flags & ~TombstoneFlag) != 0
            || (version == FirstVersion ? nameLength != 0 : nameLength is < 1 or > MostNameBytes)
            || (tombstone && length != 0))
            return "its header asks for what this release does not know";
        if (fileLength - Size - nameLength != length)
            return $"it holds {fileLength - Size - nameLength} bytes of payload where its header says {length}";

        header = new RecordHeader(
            nameLength,
            BinaryPrimitives.ReadUInt128BigEndian(bytes[ETagAt..]),
            tombstone,
            length,
            BinaryPrimitives.ReadUInt128BigEndian(bytes[HashAt..]));
        return null;
    }
}
