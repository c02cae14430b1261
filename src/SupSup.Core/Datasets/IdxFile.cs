using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace SupSup.Core.Datasets;

/// <summary>
/// Reads and writes IDX files of unsigned bytes, the format that MNIST is published in: a magic number (two zero
/// bytes, the element type, the number of dimensions), each dimension as a big-endian 32-bit integer, then the data in
/// row-major order. Files may be compressed by gzip, which is told by their content and not by their name.
/// </summary>
public static class IdxFile
{
    /// <summary>Magic number of a file of labels: unsigned bytes, <c>[count]</c>.</summary>
    public const uint LabelsMagic = 0x00000801;

    /// <summary>Magic number of a file of images: unsigned bytes, <c>[count, rows, columns]</c>.</summary>
    public const uint ImagesMagic = 0x00000803;

    private const string Remedy = "replace it with a good copy of an IDX file of unsigned bytes";

    /// <summary>Reads a file of images.</summary>
    /// <param name="path">The file, plain or gzip.</param>
    /// <exception cref="DatasetException">
    /// The file cannot be read, is not an IDX file of images, or is longer or shorter than it says.
    /// </exception>
    public static IdxImages ReadImages(string path)
    {
        (int[] dimensions, byte[] data) = Read(path, ImagesMagic);
        return new IdxImages(dimensions[0], dimensions[1], dimensions[2], data);
    }

    /// <summary>Reads a file of labels, <c>[count]</c>.</summary>
    /// <param name="path">The file, plain or gzip.</param>
    /// <exception cref="DatasetException">
    /// The file cannot be read, is not an IDX file of labels, or is longer or shorter than it says.
    /// </exception>
    public static byte[] ReadLabels(string path) => Read(path, LabelsMagic).Data;

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

        Write(path, ImagesMagic, [(int)(pixels.Length / pixelsPerImage), rows, columns], pixels);
    }

    /// <summary>Writes a plain file of labels, replacing one that is there.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="labels">The labels, <c>[count]</c>, at least one.</param>
    /// <exception cref="ArgumentException">There are no labels.</exception>
    public static void WriteLabels(string path, ReadOnlySpan<byte> labels)
    {
        if (labels.IsEmpty)
            throw new ArgumentException("No labels to write.", nameof(labels));
        Write(path, LabelsMagic, [labels.Length], labels);
    }

    private static void Write(string path, uint magic, ReadOnlySpan<int> dimensions, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        using FileStream file = File.Create(path);
        BinaryPrimitives.WriteUInt32BigEndian(number, magic);
        file.Write(number);
        foreach (int dimension in dimensions)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, dimension);
            file.Write(number);
        }

        file.Write(data);
    }

    private static (int[] Dimensions, byte[] Data) Read(string path, uint magic)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            bool compressed = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
            file.Position = 0;
            (_, int[] dimensions, byte[] data) = compressed
                ? ReadCompressed(path, file, magic)
                : ReadContent(path, file, magic, file.Length);
            return (dimensions, data);
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

    private static (byte[] Header, int[] Dimensions, byte[] Data) ReadCompressed(
        string path, FileStream file, uint magic)
    {
        // Deflate cannot shrink by more than 1032 to 1: a header that promises more is not worth an allocation.
        using var inflated = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
        (byte[] Header, int[] Dimensions, byte[] Data) read = ReadContent(path, inflated, magic, 1032 * file.Length);

        // GZipStream lets a cut-off end and bytes after the end pass. The last eight bytes of a file of one gzip member
        // are the CRC-32 and the length of what it holds (RFC 1952, 2.3.1), so they find both.
        Span<byte> trailer = stackalloc byte[8];
        file.Position = Math.Max(0, file.Length - trailer.Length);
        file.ReadExactly(trailer);
        var crc = new Crc32();
        crc.Append(read.Header);
        crc.Append(read.Data);
        if (BinaryPrimitives.ReadUInt32LittleEndian(trailer) != crc.GetCurrentHashAsUInt32()
            || BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]) != (uint)read.Header.Length + read.Data.Length)
        {
            throw new InvalidDataException("It does not end with the checksum and length of one gzip stream.");
        }

        return read;
    }

    /// <summary>Reads header and data; <paramref name="atMost"/> bounds the bytes that content can have.</summary>
    private static (byte[] Header, int[] Dimensions, byte[] Data) ReadContent(
        string path, Stream content, uint magic, long atMost)
    {
        (byte[] header, int[] dimensions) = ReadHeader(path, content, magic);

        // The dimensions are positive ints, and three of them cannot overflow 128 bits.
        Int128 promised = 1;
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
        return (header, dimensions, data);
    }

    private static (byte[] Header, int[] Dimensions) ReadHeader(string path, Stream content, uint magic)
    {
        var dimensions = new int[magic & 0xff];
        var header = new byte[4 + 4 * dimensions.Length];
        Fill(header.AsSpan(0, 4));
        uint found = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (found != magic)
            throw new DatasetException(path, DescribeMagic(found, magic), Remedy);

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

    private static string DescribeMagic(uint found, uint expected) => (found, expected) switch
    {
        (LabelsMagic, ImagesMagic) => "holds labels (magic 0x00000801) where images are expected, perhaps swapped",
        (ImagesMagic, LabelsMagic) => "holds images (magic 0x00000803) where labels are expected, perhaps swapped",
        ( > 0xffff, _) => $"is not an IDX file: its magic number is 0x{found:x8}, not 0x{expected:x8}",
        _ when found >> 8 != 0x08 => $"holds elements of type 0x{found >> 8:x2}, where only bytes (0x08) are read",
        _ => $"has {found & 0xff} dimensions, not {expected & 0xff}",
    };

    private static DatasetException Truncated(string path, string shape, int length) =>
        new(path, $"is truncated: its header promises {shape} elements, but fewer than {length} follow", Remedy);
}
