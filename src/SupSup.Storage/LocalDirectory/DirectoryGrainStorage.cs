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
public sealed partial class DirectoryGrainStorage : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly string _name;
    private readonly DirectoryGrainStorageOptions _options;
    private readonly IActivatorProvider _activators;
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
    {
        ArgumentNullException.ThrowIfNull(options);
        (_name, _options, _activators, _logger) = (name, options, activatorProvider, logger);
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
        _store = RecordStore.Open(root, _options.ContainerName, _options.RecordVersion, _logger);
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
                catch (DamagedGrainStateException e)
                {
                    LogDamaged(e.Message);
                    throw;
                }
                finally
                {
                    _fileWork.Release();
                }
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        string record = RecordNaming.RelativePath(stateName, grainId);
        (string? etag, bool exists, T state) = await LoadAsync<T>(record, cancellationToken);

        // All or nothing: the state is set only once no step can fail any more.
        (grainState.State, grainState.ETag, grainState.RecordExists) = (state, etag, exists);
        LogRead(record, etag, exists);
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        WriteStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        string record = RecordNaming.RelativePath(stateName, grainId);

        // Serialised before the first await, still within the grain's turn: a re-entrant call must not change the state
        // half-way through.
        BinaryData payload = _options.GrainStorageSerializer.Serialize(grainState.State);
        string? expected = grainState.ETag;
        string etag = await OnRecordAsync(
            record, store => store.Write(record, expected, payload.ToMemory(), tombstone: false), cancellationToken);
        (grainState.ETag, grainState.RecordExists) = (etag, true);
        LogWritten(record, etag, payload.ToMemory().Length);
    }

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ClearStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        string record = RecordNaming.RelativePath(stateName, grainId);
        string? expected = grainState.ETag;
        T empty = CreateState<T>();
        string? etag = await OnRecordAsync(
            record,
            store =>
            {
                if (!_options.DeleteStateOnClear) return store.Write(record, expected, ReadOnlyMemory<byte>.Empty, tombstone: true);
                store.Delete(record, expected);
                return null;
            },
            cancellationToken);
        (grainState.State, grainState.ETag, grainState.RecordExists) = (empty, etag, false);
        LogCleared(record, etag);
    }

    // A record's ETag and state. A tombstone, an empty payload and null are all "no record".
    private async Task<(string? ETag, bool Exists, T State)> LoadAsync<T>(string record, CancellationToken cancellationToken)
    {
        if (await OnRecordAsync(record, store => store.Read(record), cancellationToken) is not var (header, payload))
            return (null, false, CreateState<T>());
        if (payload.Length == 0) return (header.ETagText, false, CreateState<T>());
        T? loaded;
        try
        {
            loaded = _options.GrainStorageSerializer.Deserialize<T>(new BinaryData(payload));
        }
        catch (Exception e)
        {
            throw Damaged($"its payload is intact, but does not deserialise as {typeof(T).Name} ({FailureText.OneLine(e)})", e);
        }

        if (!header.IsNamed && UnnamedRecord.Problem(_options.GrainStorageSerializer, loaded, payload) is { } problem)
            throw Damaged(problem);
        return (header.ETagText, loaded is not null, loaded ?? CreateState<T>());

        DamagedGrainStateException Damaged(string problem, Exception? because = null)
        {
            string path = Path.Combine(Path.GetFullPath(_options.RootDirectory), _options.ContainerName, record);
            var damaged = new DamagedGrainStateException("file", path, problem, because);
            LogDamaged(damaged.Message);
            return damaged;
        }
    }

    private T CreateState<T>() => _activators.GetActivator<T>().Create();

    [LoggerMessage(LogLevel.Information, "Directory grain storage {Name} opened {Directory}")]
    private partial void LogOpened(string name, string directory);

    [LoggerMessage(LogLevel.Information, "Directory grain storage {Name} released its directory")]
    private partial void LogClosed(string name);

    [LoggerMessage(LogLevel.Error, "{Problem}")]
    private partial void LogDamaged(string problem);

    [LoggerMessage(LogLevel.Trace, "Read {Record}: ETag {ETag}, exists {Exists}")]
    private partial void LogRead(string record, string? eTag, bool exists);

    [LoggerMessage(LogLevel.Trace, "Wrote {Record}: ETag {ETag}, {Bytes} bytes")]
    private partial void LogWritten(string record, string eTag, int bytes);

    [LoggerMessage(LogLevel.Trace, "Cleared {Record}: ETag {ETag}")]
    private partial void LogCleared(string record, string? eTag);
}
