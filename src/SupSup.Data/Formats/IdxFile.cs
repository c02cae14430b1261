using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>
/// Reads and writes IDX files, the format that MNIST is published in: a magic number (two zero bytes, the element type, the number of
/// dimensions), each dimension as a big-endian 32-bit integer, then the data in row-major order. Images are unsigned bytes; labels are
/// whole numbers of 8, 16 or 32 bits. Files may be compressed by gzip, in one or several members, which is told by their content.
/// </summary>
public static class IdxFile
{
    private const byte UnsignedByte = 0x08;
    private const string Remedy = "replace it with a good copy of an IDX file";

    // Element types of labels and their bytes.
    private static readonly Dictionary<byte, int> WholeNumbers = new() { [UnsignedByte] = 1, [0x09] = 1, [0x0b] = 2, [0x0c] = 4 };

    /// <summary>Reads a file of images.</summary>
    /// <param name="path">The file, plain or gzip.</param>
    /// <returns>Size of an image, and grey levels <c>[count, rows * columns]</c>.</returns>
    /// <exception cref="DatasetException">
    /// The file cannot be read, is not an IDX file of images, or is longer or shorter than it says.
    /// </exception>
    public static (ExampleShape.Pixels Shape, byte[] Pixels) ReadImages(string path)
    {
        Content content = Read(path, isImages: true);
        return (new(1, content.Dimensions[1], content.Dimensions[2]), content.Data);
    }

    /// <summary>Reads a file of labels, <c>[count]</c>.</summary>
    /// <param name="path">The file, plain or gzip.</param>
    /// <exception cref="DatasetException">
    /// The file cannot be read, is not an IDX file of labels, or is longer or shorter than it says.
    /// </exception>
    public static int[] ReadLabels(string path)
    {
        Content content = Read(path, isImages: false);
        return [.. Enumerable.Range(0, content.Dimensions[0]).Select<int, int>(content.Type switch
        {
            UnsignedByte => n => content.Data[n],
            0x09 => n => (sbyte)content.Data[n],
            0x0b => n => BinaryPrimitives.ReadInt16BigEndian(content.Data.AsSpan(2 * n)),
            _ => n => BinaryPrimitives.ReadInt32BigEndian(content.Data.AsSpan(4 * n)),
        })];
    }

    /// <summary>Writes a plain file of images, replacing one that is there.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="rows">Height of an image in pixels, at least 1.</param>
    /// <param name="columns">Width of an image in pixels, at least 1.</param>
    /// <param name="pixels">Grey levels, <c>[count, rows * columns]</c>, row-major, at least one image.</param>
    /// <exception cref="ArgumentException">The pixels are not a positive number of whole images.</exception>
    public static void WriteImages(string path, int rows, int columns, ReadOnlySpan<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        long pixelsPerImage = (long)rows * columns;
        if (pixels.IsEmpty || pixels.Length % pixelsPerImage != 0)
        {
            throw new ArgumentException(
                $"{pixels.Length} pixels are not a positive number of images of {rows} x {columns}.", nameof(pixels));
        }

        Write(path, [(int)(pixels.Length / pixelsPerImage), rows, columns], pixels);
    }

    /// <summary>Writes a plain file of labels, replacing one that is there.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="labels">The labels, <c>[count]</c>, at least one.</param>
    /// <exception cref="ArgumentException">There are no labels.</exception>
    public static void WriteLabels(string path, ReadOnlySpan<byte> labels)
    {
        if (labels.IsEmpty)
            throw new ArgumentException("No labels to write.", nameof(labels));
        Write(path, [labels.Length], labels);
    }

    private static void Write(string path, ReadOnlySpan<int> dimensions, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        using FileStream file = File.Create(path);
        file.Write([0, 0, UnsignedByte, (byte)dimensions.Length]);
        foreach (int dimension in dimensions)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, dimension);
            file.Write(number);
        }

        file.Write(data);
    }

    private static Content Read(string path, bool isImages)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            bool compressed = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
            file.Position = 0;
            return compressed ? ReadCompressed(path, file, isImages) : ReadContent(path, file, isImages, file.Length);
        }
        catch (InvalidDataException e)
        {
            throw new DatasetException(path, $"its gzip compression is damaged ({e.Message})", Remedy, e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DatasetException(path, "there is no such file", "check the path", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(path, $"cannot be read ({e.Message})", "check the file and its permissions", e);
        }
    }

    private static Content ReadCompressed(string path, FileStream file, bool isImages)
    {
        // Deflate cannot shrink by more than 1032 to 1: a header that promises more is not worth an allocation.
        using var inflated = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
        Content read = ReadContent(path, inflated, isImages, 1032 * file.Length);

        // GZipStream lets a cut-off end and bytes after the end pass. The last eight bytes of a file are the CRC-32 and the length of what
        // its last member holds (RFC 1952, 2.3.1), so they find both.
        Span<byte> trailer = stackalloc byte[8];
        file.Position = Math.Max(0, file.Length - trailer.Length);
        file.ReadExactly(trailer);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]);
        long fromHeader = Math.Max(0, length - (long)read.Data.Length);
        var crc = new Crc32();
        if (fromHeader <= read.Header.Length)
        {
            crc.Append(read.Header.AsSpan(read.Header.Length - (int)fromHeader));
            crc.Append(read.Data.AsSpan(read.Data.Length - (int)(length - fromHeader)));
        }

        return fromHeader <= read.Header.Length && BinaryPrimitives.ReadUInt32LittleEndian(trailer) == crc.GetCurrentHashAsUInt32()
            ? read
            : throw new InvalidDataException("It does not end with the checksum and length of what it holds.");
    }

    /// <summary>Reads header and data; <paramref name="atMost"/> bounds the bytes that content can have.</summary>
    private static Content ReadContent(string path, Stream content, bool isImages, long atMost)
    {
        (byte[] header, int[] dimensions) = ReadHeader(path, content, isImages);

        // The dimensions are positive ints, and three of them cannot overflow 128 bits.
        Int128 promised = WholeNumbers[header[2]];
        foreach (int dimension in dimensions)
            promised *= dimension;
        string shape = string.Join(" x ", dimensions);
        if (promised > Array.MaxLength)
            throw new DatasetException(path, $"its dimensions {shape} are more than an array can hold", Remedy);

        int length = (int)promised;
        if (length > atMost - header.Length)
            throw Truncated(path, shape, length);

        var data = GC.AllocateUninitializedArray<byte>(length);
        if (content.ReadAtLeast(data, length, throwOnEndOfStream: false) < length)
            throw Truncated(path, shape, length);
        if (content.ReadByte() >= 0)
            throw new DatasetException(path, $"has trailing bytes after its {shape} elements", Remedy);
        return new(header, dimensions, data);
    }

    private static (byte[] Header, int[] Dimensions) ReadHeader(string path, Stream content, bool isImages)
    {
        var dimensions = new int[isImages ? 3 : 1];
        var header = new byte[4 + 4 * dimensions.Length];
        Fill(header.AsSpan(0, 4));
        if (WrongMagic(BinaryPrimitives.ReadUInt32BigEndian(header), isImages, dimensions.Length) is { } wrong)
            throw new DatasetException(path, wrong, Remedy);

        Fill(header.AsSpan(4));
        for (int i = 0; i < dimensions.Length; i++)
        {
            uint dimension = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4 + 4 * i));
            if (dimension is 0 or > int.MaxValue)
                throw new DatasetException(path, $"its dimension {i} is {dimension}, not 1 to 2147483647", Remedy);
            dimensions[i] = (int)dimension;
        }

        return (header, dimensions);

        void Fill(Span<byte> part)
        {
            if (content.ReadAtLeast(part, part.Length, throwOnEndOfStream: false) < part.Length)
                throw new DatasetException(path, "is truncated: it ends inside its header", Remedy);
        }
    }

    private static string? WrongMagic(uint magic, bool isImages, int dimensions)
    {
        (byte type, int found) = ((byte)(magic >> 8), (int)(magic & 0xff));
        bool isRead = isImages ? type == UnsignedByte : WholeNumbers.ContainsKey(type);
        return (isRead, found, isImages) switch
        {
            _ when magic > 0xffff => $"is not an IDX file: its magic number is 0x{magic:x8}, not 0x0000080{dimensions}",
            (true, 1, true) => $"holds labels (magic 0x{magic:x8}) where images are expected, perhaps swapped",
            (true, 3, false) => $"holds images (magic 0x{magic:x8}) where labels are expected, perhaps swapped",
            (false, _, true) => $"holds elements of type 0x{type:x2}, where only bytes (0x08) are read",
            (false, _, false) => $"holds elements of type 0x{type:x2}, where only whole numbers (0x08, 0x09, 0x0b, 0x0c) are read",
            _ when found != dimensions => $"has {found} dimensions, not {dimensions}",
            _ => null,
        };
    }

    private static DatasetException Truncated(string path, string shape, int length) =>
        new(path, $"is truncated: its header promises {shape} elements, but fewer than {length} bytes follow", Remedy);

    private sealed record Content(byte[] Header, int[] Dimensions, byte[] Data)
    {
        public byte Type => Header[2];
    }
}
