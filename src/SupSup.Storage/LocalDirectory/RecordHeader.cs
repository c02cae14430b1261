using System.Buffers.Binary;
using System.IO.Hashing;

namespace SupSup.Storage.LocalDirectory;

/// <summary>
/// The 64 bytes in front of a record's payload. docs/storage-format.md has them byte by byte.
/// </summary>
/// <param name="ETag">128 random bits, new with every write.</param>
/// <param name="IsTombstone">The record was cleared and only its ETag is kept.</param>
/// <param name="PayloadLength">Bytes of payload, 0 for a tombstone.</param>
/// <param name="PayloadHash">XxHash128 of the payload.</param>
internal readonly record struct RecordHeader(UInt128 ETag, bool IsTombstone, long PayloadLength, UInt128 PayloadHash)
{
    /// <summary>Bytes of the header, in every version of the format.</summary>
    public const int Size = 64;

    private const ushort FormatVersion = 1;
    private const ushort TombstoneFlag = 1;
    private const int VersionAt = 8, FlagsAt = 10, ReservedAt = 12, ETagAt = 16;
    private const int LengthAt = 32, HashAt = 40, CheckAt = 56;

    // As in PNG: a byte above 127, line ends both ways and an end-of-file mark show a file that was sent as text.
    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'S', (byte)'S', (byte)'G', (byte)'S', 0x0D, 0x0A, 0x1A];

    /// <summary>The ETag as grain state carries it: 32 hexadecimal digits.</summary>
    public string ETagText => ETag.ToString("x32");

    /// <summary>The header as it stands in the file.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(VersionAt), FormatVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(FlagsAt), IsTombstone ? TombstoneFlag : (ushort)0);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(ETagAt), ETag);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(LengthAt), PayloadLength);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(HashAt), PayloadHash);
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
        if (version != FormatVersion)
            return $"it is in format version {version}, and this release reads version {FormatVersion}";

        bool tombstone = flags == TombstoneFlag;
        if ((flags & ~TombstoneFlag) != 0
            || bytes[ReservedAt..ETagAt].ContainsAnyExcept((byte)0)
            || (tombstone && length != 0))
            return "its header asks for what this release does not know";
        if (fileLength - Size != length)
            return $"it holds {fileLength - Size} bytes of payload where its header says {length}";

        header = new RecordHeader(
            BinaryPrimitives.ReadUInt128BigEndian(bytes[ETagAt..]),
            tombstone,
            length,
            BinaryPrimitives.ReadUInt128BigEndian(bytes[HashAt..]));
        return null;
    }
}
