using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace SupSup.Storage.AzureBlobs;

/// <summary>
/// Grain state in Azure Blobs, one blob for each record, with the names, the content and the behaviour of the official
/// provider, Microsoft.Orleans.Persistence.AzureStorage.
/// </summary>
/// <remarks>
/// <para>
/// Any number of silos may share a container. A write or a clear that was acknowledged is stored, and one whose answer
/// was lost on the way is acknowledged none the less. docs/storage-format.md has the blobs.
/// </para>
/// <para>
/// Every operation throws <see cref="InconsistentStateException"/> where the caller's ETag is not the stored one,
/// <see cref="DamagedGrainStateException"/> where the stored blob cannot be read back, and
/// <see cref="GrainStorageIOException"/> where the service refuses or does not answer. The grain state is then as it
/// was before, and so is the stored record, save where a message says that it is not known; the same holds of a
/// cancellation in the midst of a write.
/// </para>
/// </remarks>
public sealed partial class BlobGrainStorage : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly string _name;
    private readonly BlobGrainStorageOptions _options;
    private readonly IActivatorProvider _activators;
    private readonly ILogger _logger;
    private BlobRecords? _records;

    /// <summary>Made by the silo's service container; the service is not called before the silo starts.</summary>
    /// <param name="name">The provider's name.</param>
    /// <param name="options">Its options, valid and complete.</param>
    /// <param name="activatorProvider">Creates the empty state of a record that does not exist.</param>
    /// <param name="logger">Log of the provider.</param>
    public BlobGrainStorage(
        string name,
        BlobGrainStorageOptions options,
        IActivatorProvider activatorProvider,
        ILogger<BlobGrainStorage> logger)
    {
        _name = name;
        _options = options;
        _activators = activatorProvider;
        _logger = logger;
    }

    private BlobRecords Records => _records ?? throw new InvalidOperationException(
        $"Azure Blob grain storage \"{_name}\" is used before its silo started");

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(
        string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        string blob = BlobNaming.BlobName(stateName, grainId);
        (string? etag, bool exists, T state) = await LoadAsync<T>(blob, cancellationToken);

        // All or nothing: the state is set only once no step can fail any more.
        grainState.State = state;
        grainState.ETag = etag;
        grainState.RecordExists = exists;
        LogRead(blob, etag, exists);
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        WriteStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(
        string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        string blob = BlobNaming.BlobName(stateName, grainId);

        // Serialised before the first await, still within the grain's turn: a re-entrant call must not change the state
        // half-way through.
        BinaryData payload = _options.GrainStorageSerializer.Serialize(grainState.State);
        string etag = await Records.WriteAsync(blob, grainState.ETag, payload, cancellationToken);

        grainState.ETag = etag;
        grainState.RecordExists = true;
        LogWritten(blob, etag, payload.ToMemory().Length);
    }

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ClearStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(
        string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        string blob = BlobNaming.BlobName(stateName, grainId);
        T empty = CreateState<T>();
        string? etag = null;
        if (_options.DeleteStateOnClear)
            await Records.DeleteAsync(blob, grainState.ETag, cancellationToken);
        else
            etag = await Records.WriteAsync(blob, grainState.ETag, BinaryData.Empty, cancellationToken);

        grainState.State = empty;
        grainState.ETag = etag;
        grainState.RecordExists = false;
        LogCleared(blob, etag);
    }

    /// <summary>Has the container created, or found, at start.</summary>
    public void Participate(ISiloLifecycle observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        observer.Subscribe($"{nameof(BlobGrainStorage)}-{_name}", _options.InitStage, OpenAsync);
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        (BlobContainerClient retrying, BlobContainerClient once, string location) = BlobClients.Create(_options);
        await BlobContainerStart.OpenAsync(once, location, _options.StartTimeout, cancellationToken);
        _records = new BlobRecords(retrying, location, _options.OperationTimeout);
        LogOpened(_name, location);
    }

    /// <summary>A record's ETag and state. A tombstone, an empty payload and null are all "no record".</summary>
    private async Task<(string? ETag, bool Exists, T State)> LoadAsync<T>(
        string blob, CancellationToken cancellationToken)
    {
        try
        {
            StoredBlob? stored = await Records.ReadAsync(blob, cancellationToken);
            if (stored is null) return (null, false, CreateState<T>());
            if (stored.Payload.Length == 0) return (stored.ETag, false, CreateState<T>());
            T? loaded = Deserialize<T>(blob, stored);
            return (stored.ETag, loaded is not null, loaded ?? CreateState<T>());
        }
        catch (DamagedGrainStateException e)
        {
            LogDamaged(e.Message);
            throw;
        }
    }

    private T? Deserialize<T>(string blob, StoredBlob stored)
    {
        try
        {
            return _options.GrainStorageSerializer.Deserialize<T>(new BinaryData(stored.Payload));
        }
        catch (Exception e)
        {
            throw new DamagedGrainStateException(
                "blob",
                Records.LocationOf(blob),
                $"it does not deserialise as {typeof(T).Name} ({FailureText.OneLine(e)})");
        }
    }

    private T CreateState<T>() => _activators.GetActivator<T>().Create();

    [LoggerMessage(LogLevel.Information, "Azure Blob grain storage {Name} opened {Container}")]
    private partial void LogOpened(string name, string container);

    [LoggerMessage(LogLevel.Error, "{Problem}")]
    private partial void LogDamaged(string problem);

    [LoggerMessage(LogLevel.Trace, "Read {Blob}: ETag {ETag}, exists {Exists}")]
    private partial void LogRead(string blob, string? eTag, bool exists);

    [LoggerMessage(LogLevel.Trace, "Wrote {Blob}: ETag {ETag}, {Bytes} bytes")]
    private partial void LogWritten(string blob, string eTag, int bytes);

    [LoggerMessage(LogLevel.Trace, "Cleared {Blob}: ETag {ETag}")]
    private partial void LogCleared(string blob, string? eTag);
}
