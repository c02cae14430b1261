using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Orleans.Storage;

namespace SupSup.Storage.LocalDirectory;

/// <summary>
/// The records of one container directory, held exclusively: reads, conditional writes and conditional deletes, each
/// either done durably or not at all.
/// </summary>
/// <remarks>
/// Calls block on the disk. Calls on different records may run side by side; the caller keeps those on one record
/// apart. A record is named by its path relative to the container.
/// </remarks>
internal sealed class RecordStore : IDisposable
{
    private readonly string _container;
    private readonly RecordFiles _files;
    private readonly DirectoryLock _lock;
    private readonly Leftovers _leftovers;
    private readonly int _version;
    private readonly Lock _creatingDirectories = new();

    // Of directories that are being written to.
    private readonly ConcurrentDictionary<string, SharedFlush> _flushes = new(StringComparer.Ordinal);

    private RecordStore(string container, DirectoryLock held, Leftovers leftovers, int version)
    {
        _version = version;
        _container = container;
        _files = new RecordFiles(container);
        _lock = held;
        _leftovers = leftovers;
    }

    /// <summary>Locks the root directory, creates what is missing, and removes what a crash left behind.</summary>
    /// <param name="root">The root directory.</param>
    /// <param name="containerName">The directory of the records in it.</param>
    /// <param name="version">The format version to write.</param>
    /// <param name="logger">Hears of what a crash left.</param>
    /// <exception cref="StorageDirectoryInUseException">Another silo has the directory.</exception>
    /// <exception cref="GrainStorageIOException">The directory cannot be created, locked or flushed.</exception>
    public static RecordStore Open(string root, string containerName, int version, ILogger logger)
    {
        string container = Path.Combine(root, containerName);
        FileFailure.OrThrow("create", root, () => DurableDirectory.Create(root));
        DirectoryLock held = DirectoryLock.Take(root);
        try
        {
            var leftovers = new Leftovers(logger);
            FileFailure.OrThrow("create", container, () => DurableDirectory.Create(container));
            FileFailure.OrThrow("recover", container, () => leftovers.Recover(container, held.PredecessorCrashed));
            return new RecordStore(container, held, leftovers, version);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Full path of a record's file.</summary>
    public string PathOf(string record) => _files.PathOf(record);

    /// <summary>A record and its payload, both verified; null when there is none.</summary>
    /// <exception cref="DamagedGrainStateException">The file is not what was written.</exception>
    /// <exception cref="GrainStorageIOException">The file cannot be read.</exception>
    public (RecordHeader Header, byte[] Payload)? Read(string record) => _files.Read(record);

    /// <summary>Writes a record, or a tombstone in its place, if its ETag is the expected one.</summary>
    /// <param name="record">The record.</param>
    /// <param name="expectedETag">The ETag it must have; null or empty when there must be none.</param>
    /// <param name="payload">What to store; empty for a tombstone.</param>
    /// <param name="tombstone">Whether to keep only the ETag.</param>
    /// <returns>The new ETag.</returns>
    /// <exception cref="InconsistentStateException">The ETag is another one; nothing was changed.</exception>
    /// <exception cref="DamagedGrainStateException">There is a file, but it has no readable ETag.</exception>
    /// <exception cref="GrainStorageIOException">The file system refused.</exception>
    public string Write(string record, string? expectedETag, ReadOnlyMemory<byte> payload, bool tombstone)
    {
        string path = PathOf(record);
        ThrowUnlessExpected(path, _files.StoredETag(record), expectedETag);

        // Random, not counted: a record that is deleted and written again must not get an ETag that someone may still hold.
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        byte[] name = _version == RecordHeader.FirstVersion ? [] : Encoding.UTF8.GetBytes(record);
        var header = new RecordHeader(
            name.Length, BinaryPrimitives.ReadUInt128BigEndian(random), tombstone, payload.Length, RecordFiles.Hash(name, payload.Span));
        Replace(path, header, name, payload);
        return header.ETagText;
    }

    /// <summary>
    /// Deletes a record if its ETag is the expected one. Where none is expected and none is there, all is well.
    /// </summary>
    /// <exception cref="InconsistentStateException">The ETag is another one; nothing was changed.</exception>
    /// <exception cref="DamagedGrainStateException">There is a file, but it has no readable ETag.</exception>
    /// <exception cref="GrainStorageIOException">The file system refused.</exception>
    public void Delete(string record, string? expectedETag)
    {
        string path = PathOf(record);
        string? stored = _files.StoredETag(record);
        ThrowUnlessExpected(path, stored, expectedETag);
        if (stored is null) return;

        FileFailure.OrThrow("delete", path, () => File.Delete(path), "nothing was changed");
        FlushNameOf(path, "it is deleted, but a power failure could still bring it back");
    }

    /// <summary>Releases the directory.</summary>
    public void Dispose() => _lock.Dispose();

    private static void ThrowUnlessExpected(string path, string? stored, string? expected)
    {
        if (string.IsNullOrEmpty(expected)) expected = null;
        if (string.Equals(stored, expected, StringComparison.Ordinal)) return;

        throw new InconsistentStateException(
            $"grain state file {path} was not changed: the caller expected " +
            $"{(expected is null ? "no record" : $"ETag {expected}")}, and there is " +
            $"{(stored is null ? "no record" : $"one with ETag {stored}")}",
            stored,
            expected);
    }

    /// <summary>
    /// Puts a new file in the place of the record's. The bytes are on disk before the rename, which replaces the old
    /// file in one step, and the rename is on disk before this returns: a crash leaves either the old or the new.
    /// </summary>
    private void Replace(string path, RecordHeader header, byte[] name, ReadOnlyMemory<byte> payload)
    {
        string directory = Path.GetDirectoryName(path)!;
        string temporary = Path.Combine(directory, Leftovers.NewName());
        try
        {
            FileFailure.OrThrow("write", path, () =>
            {
                EnsureDirectory(directory);

                using (SafeFileHandle file = File.OpenHandle(
                    temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
                {
                    DurableDirectory.KeepToOwner(file); // before there is anything in it
                    RandomAccess.Write(file, [header.ToBytes(), name, payload], fileOffset: 0);
                    RandomAccess.FlushToDisk(file);
                }

                File.Move(temporary, path, overwrite: true);
            },
            "nothing was changed");
        }
        catch
        {
            _leftovers.TryDelete(temporary);
            throw;
        }

        FlushNameOf(path, "the new state is in place, but a power failure could still bring the old one back");
    }

    private void FlushNameOf(string path, string consequence)
    {
        string directory = Path.GetDirectoryName(path)!;
        SharedFlush flush = _flushes.GetOrAdd(directory, of => new SharedFlush(() => DurableDirectory.Flush(of)));
        FileFailure.OrThrow("flush", directory, flush.Run, $"{Path.GetFileName(path)}: {consequence}");
        if (flush.IsIdle) _flushes.TryRemove(KeyValuePair.Create(directory, flush));
    }

    /// <summary>
    /// Creates a record's directory. All writers pass through one lock: whoever finds the directory there must know
    /// that its creator has flushed it, before acknowledging a record in it.
    /// </summary>
    private void EnsureDirectory(string directory)
    {
        lock (_creatingDirectories)
        {
            _files.ThrowIfContainerIsGone();
            DurableDirectory.Create(directory);
        }
    }
}
