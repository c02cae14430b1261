using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;

namespace SupSup.Storage.LocalDirectory;

/// <summary>The records of a directory store.</summary>
public sealed class DirectoryRecords : RecordContainer
{
    private static readonly DirectoryGrainStorageOptions Options = new();
    private static readonly string Container = Options.ContainerName;

    private readonly string _container;
    private readonly RecordFiles _files;
    private readonly RecordStore? _store;

    private DirectoryRecords(string root, RecordStore? store)
    {
        Location = root;
        _container = Path.Combine(root, Container);
        _files = new RecordFiles(_container);
        _store = store;
    }

    /// <inheritdoc/>
    public override string Location { get; }

    /// <summary>Opens a store for reading; a silo may have it open meanwhile.</summary>
    /// <param name="root">Full path of the store's directory.</param>
    /// <exception cref="GrainStorageIOException">There is no store.</exception>
    public static DirectoryRecords OpenToRead(string root) =>
        Directory.Exists(Path.Combine(root, Container)) ? new DirectoryRecords(root, store: null) : throw new GrainStorageIOException(
            $"there is no store at {root}: it has no folder {Container}; name the folder that silos call Storage:Directory", root);

    /// <summary>Opens a store for writing, which is made where it is missing; no silo may have it open meanwhile.</summary>
    /// <param name="root">Full path of the store's directory.</param>
    /// <exception cref="StorageDirectoryInUseException">A silo has it open.</exception>
    /// <exception cref="GrainStorageIOException">It cannot be made or locked.</exception>
    public static DirectoryRecords OpenToWrite(string root) => new(
        root, RecordStore.Open(root, Container, Options.RecordVersion, NullLogger.Instance));

    /// <inheritdoc/>
    public override string PlaceOf(RecordName record) => RecordNaming.RelativePath(record.State, record.Grain);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<string> PlacesAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        string folder = Path.Combine(_container, prefix);
        if (!FileFailure.OrThrow("list", folder, () => Directory.Exists(folder)))
        {
            FileFailure.OrThrow("list", folder, _files.ThrowIfContainerIsGone);
            yield break;
        }

        // Sub-folders one by one: one that a silo makes meanwhile is found or not, and none is lost.
        EnumerationOptions everywhere = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        using IEnumerator<string> files = Directory.EnumerateFiles(folder, $"*{Suffix}", everywhere).GetEnumerator();
        while (FileFailure.OrThrow("list", folder, files.MoveNext))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Path.GetRelativePath(_container, files.Current).Replace(Path.DirectorySeparatorChar, '/');
        }
    }

    /// <inheritdoc/>
    public override Task<StoredRecord?> ReadAsync(string place, CancellationToken cancellationToken) => Task.Run(
        () => _files.Read(place) is (var header, { Length: > 0 } payload) ? new StoredRecord(header.ETagText, payload) : null,
        cancellationToken);

    /// <inheritdoc/>
    public override Task<string?> ETagAsync(string place, CancellationToken cancellationToken) =>
        Task.Run(() => _files.StoredETag(place), cancellationToken);

    /// <inheritdoc/>
    public override Task WriteAsync(string place, byte[] payload, CancellationToken cancellationToken) =>
        Task.Run(() => Store.Write(place, _files.StoredETag(place), payload, tombstone: false), cancellationToken);

    /// <inheritdoc/>
    public override Task DeleteAsync(string place, CancellationToken cancellationToken) =>
        Task.Run(() => Store.Delete(place, _files.StoredETag(place)), cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _store?.Dispose();
        return base.DisposeAsync();
    }

    private RecordStore Store => _store ?? throw new InvalidOperationException("the store was opened for reading");
}
