using Microsoft.Extensions.Logging;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace SupSup.Storage;

/// <summary>Grain state as records that are read, written and deleted whole: what the providers of this project have in common.</summary>
public abstract partial class RecordGrainStorage : IGrainStorage
{
    private readonly IStorageProviderSerializerOptions _serialization;
    private readonly IActivatorProvider _activators;
    private readonly ILogger _logger;

    /// <summary>Stores states.</summary>
    /// <param name="serialization">What states are serialised by.</param>
    /// <param name="activators">Creates the empty state of a record that does not exist.</param>
    /// <param name="logger">Log of the provider.</param>
    private protected RecordGrainStorage(
        IStorageProviderSerializerOptions serialization, IActivatorProvider activators, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(serialization);
        (_serialization, _activators, _logger) = (serialization, activators, logger);
    }

    /// <summary>Whether to clear a state deletes its record; else a tombstone stays, with an ETag.</summary>
    private protected abstract bool DeletesOnClear { get; }

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        string record = NameOf(stateName, grainId);
        (string? etag, bool exists, T state) = await OrLogDamageAsync(() => LoadAsync<T>(record, cancellationToken));

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
        string record = NameOf(stateName, grainId);

        // Serialised before the first await, still within the grain's turn: a re-entrant call must not change the state
        // half-way through.
        BinaryData payload = _serialization.GrainStorageSerializer.Serialize(grainState.State);
        string? expected = grainState.ETag;
        string etag = await OrLogDamageAsync(() => WriteAsync(record, expected, payload, tombstone: false, cancellationToken));
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
        string record = NameOf(stateName, grainId);
        string? expected = grainState.ETag;
        T empty = CreateState<T>();
        string? etag = await OrLogDamageAsync<string?>(async () =>
        {
            if (!DeletesOnClear) return await WriteAsync(record, expected, BinaryData.Empty, tombstone: true, cancellationToken);
            await DeleteAsync(record, expected, cancellationToken);
            return null;
        });
        (grainState.State, grainState.ETag, grainState.RecordExists) = (empty, etag, false);
        LogCleared(record, etag);
    }

    /// <summary>The name of a grain's record.</summary>
    private protected abstract string NameOf(string stateName, GrainId grainId);

    /// <summary>Reads a record; null where there is none.</summary>
    private protected abstract Task<(string ETag, byte[] Payload)?> ReadAsync(string record, CancellationToken cancellationToken);

    /// <summary>Writes a record where its ETag is the expected one, and returns the new ETag.</summary>
    private protected abstract Task<string> WriteAsync(
        string record, string? expectedETag, BinaryData payload, bool tombstone, CancellationToken cancellationToken);

    /// <summary>Deletes a record where its ETag is the expected one.</summary>
    private protected abstract Task DeleteAsync(string record, string? expectedETag, CancellationToken cancellationToken);

    /// <summary>Says that a record's payload, which is as it was written, is not of the type.</summary>
    private protected abstract DamagedGrainStateException NotOf(string record, string type, Exception error);

    // A record's ETag and state. A tombstone, an empty payload and null are all "no record".
    private async Task<(string? ETag, bool Exists, T State)> LoadAsync<T>(string record, CancellationToken cancellationToken)
    {
        if (await ReadAsync(record, cancellationToken) is not var (etag, payload)) return (null, false, CreateState<T>());
        if (payload.Length == 0) return (etag, false, CreateState<T>());
        T? loaded;
        try
        {
            loaded = _serialization.GrainStorageSerializer.Deserialize<T>(new BinaryData(payload));
        }
        catch (Exception e)
        {
            throw NotOf(record, typeof(T).Name, e);
        }

        return (etag, loaded is not null, loaded ?? CreateState<T>());
    }

    private async Task<TResult> OrLogDamageAsync<TResult>(Func<Task<TResult>> work)
    {
        try
        {
            return await work();
        }
        catch (DamagedGrainStateException e)
        {
            LogDamaged(e.Message);
            throw;
        }
    }

    private T CreateState<T>() => _activators.GetActivator<T>().Create();

    [LoggerMessage(LogLevel.Error, "{Problem}")]
    private partial void LogDamaged(string problem);

    [LoggerMessage(LogLevel.Trace, "Read {Record}: ETag {ETag}, exists {Exists}")]
    private partial void LogRead(string record, string? eTag, bool exists);

    [LoggerMessage(LogLevel.Trace, "Wrote {Record}: ETag {ETag}, {Bytes} bytes")]
    private partial void LogWritten(string record, string eTag, int bytes);

    [LoggerMessage(LogLevel.Trace, "Cleared {Record}: ETag {ETag}")]
    private partial void LogCleared(string record, string? eTag);
}
