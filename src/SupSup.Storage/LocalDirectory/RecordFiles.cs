using System.IO.Hashing;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SupSup.Storage.LocalDirectory;

/// <summary>
/// The files of a container directory, for reading. Each is whole whenever it is read, also while a silo writes: a write renames a new
/// file over the old one.
/// </summary>
/// <param name="container">Full path of the container directory.</param>
internal sealed class RecordFiles(string container)
{
    /// <summary>Full path of a record's file.</summary>
    public string PathOf(string record) => Path.Combine(container, record);

    /// <summary>A record and its payload, both verified; null when there is none.</summary>
    /// <exception cref="DamagedGrainStateException">The file is not what was written.</exception>
    /// <exception cref="GrainStorageIOException">The file cannot be read.</exception>
    public (RecordHeader Header, byte[] Payload)? Read(string record)
    {
        string path = PathOf(record);
        return FileFailure.OrThrow("read", path, () =>
        {
            using SafeFileHandle? file = OpenIfExists(path);
            if (file is null) return ((RecordHeader, byte[])?)null;

            (RecordHeader header, byte[] name) = ReadHeader(file, path);
            if (header.PayloadLength > Array.MaxLength)
                throw new DamagedGrainStateException("file", path, "its payload is too long for this release");
            byte[] payload = GC.AllocateUninitializedArray<byte>((int)header.PayloadLength);
            if (ReadUpTo(file, payload, RecordHeader.Size + name.Length) != payload.Length || Hash(name, payload) != header.ContentHash)
                throw new DamagedGrainStateException("file", path, "the checksum of its payload does not match");
            ThrowUnlessOf(record, path, header, name);
            return (header, payload);
        });
    }

    /// <summary>The ETag of a record; null when there is none.</summary>
    /// <exception cref="DamagedGrainStateException">There is a file, but it has no readable ETag.</exception>
    /// <exception cref="GrainStorageIOException">The file cannot be read.</exception>
    public string? StoredETag(string record)
    {
        string path = PathOf(record);
        return FileFailure.OrThrow("read", path, () =>
        {
            using SafeFileHandle? file = OpenIfExists(path);
            if (file is null) return null;
            (RecordHeader header, byte[] name) = ReadHeader(file, path);
            ThrowUnlessOf(record, path, header, name);
            return header.ETagText;
        });
    }

    /// <summary>What a header holds of the name and the payload.</summary>
    public static UInt128 Hash(ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload)
    {
        var hash = new XxHash128();
        hash.Append(name);
        hash.Append(payload);
        return hash.GetCurrentHashAsUInt128();
    }

    /// <summary>An unmounted volume must not pass for a store in which nothing was ever written.</summary>
    /// <exception cref="IOException">The container is gone.</exception>
    public void ThrowIfContainerIsGone()
    {
        if (!Directory.Exists(container)) throw new IOException($"the directory {container} has disappeared");
    }

    private SafeFileHandle? OpenIfExists(string path)
    {
        try
        {
            return File.OpenHandle(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            ThrowIfContainerIsGone();
            return null;
        }
    }

    private static void ThrowUnlessOf(string record, string path, RecordHeader header, byte[] name)
    {
        if (header.IsNamed && !name.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(record)))
            throw new DamagedGrainStateException(
                "file", path, $"it is the record {FailureText.OneLine(Encoding.UTF8.GetString(name))}, which was put in this one's place");
    }

    private static (RecordHeader Header, byte[] Name) ReadHeader(SafeFileHandle file, string path)
    {
        byte[] bytes = new byte[RecordHeader.Size];
        int read = ReadUpTo(file, bytes, fileOffset: 0);
        long length = RandomAccess.GetLength(file);
        string? problem = RecordHeader.Parse(bytes.AsSpan(0, read), length, out RecordHeader header);
        if (problem is not null) throw new DamagedGrainStateException("file", path, problem);
        byte[] name = new byte[header.NameLength];
        return ReadUpTo(file, name, RecordHeader.Size) == name.Length
            ? (header, name)
            : throw new DamagedGrainStateException("file", path, "it is cut short within its name");
    }

    private static int ReadUpTo(SafeFileHandle file, byte[] buffer, long fileOffset)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            int read = RandomAccess.Read(file, buffer.AsSpan(total), fileOffset + total);
            if (read == 0) break;
            total += read;
        }

        return total;
    }
}
