using Microsoft.Extensions.Logging;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace SupSup.Storage.LocalDirectory;

/// <summary>
/// Grain state in a local directory, one file for each record, with the names and the behaviour of the official Azure
/// Blob provider.
/// </summary>
/// <remarks>
/// <para>
/// A write or a clear that was acknowledged survives a crash of the process and of the machine; one that was not leaves
/// either the old state or the new. The directory belongs to one silo at a time. docs/storage-format.md has the files.
/// </para>
/// <para>
/// Every operation throws <see cref="InconsistentStateException"/> where the caller's ETag is not the stored one,
/// <see cref="DamagedGrainStateException"/> where the stored file cannot be read back, and
/// <see cref="GrainStorageIOException"/> where the file system refuses. The grain state and the stored record are then
/// as they were before. A cancellation is honoured until the file work begins, never in the midst of it.
/// </para>
/// </remarks>
public sealed partial class DirectoryGrainStorage : RecordGrainStorage, ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly string _name;
    private readonly DirectoryGrainStorageOptions _options;
    private readonly ILogger _logger;
    private readonly RecordLocks _records = new();
    private readonly SemaphoreSlim _fileWork;
    private RecordStore? _store;

    /// <summary>Made by the silo's service container; nothing is opened before the silo starts.</summary>
    /// <param name="name">The provider's name.</param>
    /// <param name="options">Its options, valid and complete.</param>
    /// <param name="activatorProvider">Creates the empty state of a record that does not exist.</param>
    /// <param name="logger">Log of the provider.</param>
    public DirectoryGrainStorage(
        string name,
        DirectoryGrainStorageOptions options,
        IActivatorProvider activatorProvider,
        ILogger<DirectoryGrainStorage> logger)
        : base(options, activatorProvider, logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _name = name;
        _options = options;
        _logger = logger;
        _fileWork = new SemaphoreSlim(options.MaxConcurrentOperations, options.MaxConcurrentOperations);
    }

    /// <summary>Has the directory locked and opened at start, and released at stop.</summary>
    public void Participate(ISiloLifecycle observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        observer.Subscribe(
            $"{nameof(DirectoryGrainStorage)}-{_name}",
            ServiceLifecycleStage.RuntimeStorageServices,
            cancellationToken => Task.Run(Open, cancellationToken),
            _ => Task.Run(Close, CancellationToken.None));
    }

    /// <summary>Releases the directory where the silo was disposed of without being stopped.</summary>
    public void Dispose() => Close();

    private void Open()
    {
        string root = Path.GetFullPath(_options.RootDirectory);
        _store = RecordStore.Open(root, _options.ContainerName, _logger);
        LogOpened(_name, root);
    }

    /// <summary>
    /// Lets the file work that has begun come to its end before the lock goes: no write of this silo may land in the
    /// directory once another one has it. Work that comes later finds the store closed.
    /// </summary>
    private void Close()
    {
        RecordStore? store = Interlocked.Exchange(ref _store, null);
        if (store is null) return;
        for (int slot = 0; slot < _options.MaxConcurrentOperations; slot++) _fileWork.Wait();
        store.Dispose();
        _fileWork.Release(_options.MaxConcurrentOperations);
        LogClosed(_name);
    }

    /// <summary>
    /// Runs blocking file work on the thread pool, away from the grain's scheduler: alone on its record, and with no
    /// more than the set number of others.
    /// </summary>
    private Task<TResult> OnRecordAsync<TResult>(
        string record, Func<RecordStore, TResult> work, CancellationToken cancellationToken) =>
        Task.Run(
            async () =>
            {
                using RecordLocks.Hold hold = await _records.EnterAsync(record, cancellationToken);
                await _fileWork.WaitAsync(cancellationToken);
                try
                {
                    RecordStore store = _store ?? throw new InvalidOperationException(
                        $"directory grain storage \"{_name}\" is used before its silo started or after it stopped");
                    return work(store);
                }
                finally
                {
                    _fileWork.Release();
                }
            },
            cancellationToken);

    private protected override bool DeletesOnClear => _options.DeleteStateOnClear;

    private protected override string NameOf(string stateName, GrainId grainId) => RecordNaming.RelativePath(stateName, grainId);

    private protected override Task<(string ETag, byte[] Payload)?> ReadAsync(string record, CancellationToken cancellationToken) =>
        OnRecordAsync<(string, byte[])?>(
            record, store => store.Read(record) is var (header, payload) ? (header.ETagText, payload) : null, cancellationToken);

    private protected override Task<string> WriteAsync(
        string record, string? expectedETag, BinaryData payload, bool tombstone, CancellationToken cancellationToken) =>
        OnRecordAsync(record, store => store.Write(record, expectedETag, payload.ToMemory(), tombstone), cancellationToken);

    private protected override Task DeleteAsync(string record, string? expectedETag, CancellationToken cancellationToken) =>
        OnRecordAsync(
            record,
            store =>
            {
                store.Delete(record, expectedETag);
                return true;
            },
            cancellationToken);

    private protected override DamagedGrainStateException NotOf(string record, string type, Exception error)
    {
        string problem = $"its payload is intact, but does not deserialise as {type} ({FailureText.OneLine(error)})";
        string path = Path.Combine(Path.GetFullPath(_options.RootDirectory), _options.ContainerName, record);
        return new DamagedGrainStateException("file", path, problem, error);
    }

    [LoggerMessage(LogLevel.Information, "Directory grain storage {Name} opened {Directory}")]
    private partial void LogOpened(string name, string directory);

    [LoggerMessage(LogLevel.Information, "Directory grain storage {Name} released its directory")]
    private partial void LogClosed(string name);
}
