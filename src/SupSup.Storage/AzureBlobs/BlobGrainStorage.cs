using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace SupSup.Storage.AzureBlobs;

/// <summary>
/// Grain state in Azure Blobs, one blob for each record, by the official provider,
/// <see cref="AzureBlobGrainStorage"/>, and a guard around it against damage, lost answers and outages.
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
    private readonly AzureBlobStorageOptions _official;
    private readonly IActivatorProvider _activators;
    private readonly ILogger _logger;
    private BlobContainerClient? _container;
    private string _location = "";

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
        ArgumentNullException.ThrowIfNull(options);
        (_name, _options, _activators, _logger) = (name, options, activatorProvider, logger);
        _official = new AzureBlobStorageOptions
        {
            DeleteStateOnClear = options.DeleteStateOnClear,
            GrainStorageSerializer = new WholeStateSerializer(options.GrainStorageSerializer),
        };
    }

    /// <summary>Has the container created, or found, at start.</summary>
    public void Participate(ISiloLifecycle observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        observer.Subscribe($"{nameof(BlobGrainStorage)}-{_name}", ServiceLifecycleStage.RuntimeStorageServices, OpenAsync);
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        (BlobContainerClient retrying, BlobContainerClient once, string location) = BlobClients.Create(_options);
        await BlobContainerStart.OpenAsync(once, location, _options.StartTimeout, cancellationToken);
        (_container, _location) = (retrying, location);
        LogOpened(_name, location);
    }

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
        GuardAsync("read", stateName, grainId, async (official, blob, stop) =>
        {
            var read = new GrainState<T>(grainState.State!, grainState.ETag!) { RecordExists = grainState.RecordExists };
            try
            {
                await official.ReadStateAsync(stateName, grainId, read, stop);
            }
            catch (Exception e) when (blob.IsRead && e is not OperationCanceledException)
            {
                throw blob.Damaged($"it does not deserialise as {typeof(T).Name} ({FailureText.OneLine(e)})");
            }

            if (blob.Unnamed is { Length: > 0 } record
                && UnnamedRecord.Problem(_options.GrainStorageSerializer, read.State, record) is { } problem)
                throw blob.Damaged(problem);
            (grainState.State, grainState.ETag, grainState.RecordExists) = (read.State, read.ETag, read.RecordExists);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        WriteStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
        GuardAsync("write", stateName, grainId, async (official, blob, stop) =>
        {
            try
            {
                await official.WriteStateAsync(stateName, grainId, grainState, stop);
            }
            catch (InconsistentStateException refusal)
            {
                (grainState.ETag, grainState.RecordExists) = (await OwnOrRefusedAsync(blob, refusal, deletes: false, stop), true);
            }
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ClearStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
        GuardAsync(_options.DeleteStateOnClear ? "delete" : "write", stateName, grainId, async (official, blob, stop) =>
        {
            try
            {
                await official.ClearStateAsync(stateName, grainId, grainState, stop);
            }
            catch (InconsistentStateException refusal)
            {
                string? etag = await OwnOrRefusedAsync(blob, refusal, _options.DeleteStateOnClear, stop);
                (grainState.State, grainState.ETag, grainState.RecordExists) = (_activators.GetActivator<T>().Create(), etag, false);
            }
        },
        cancellationToken);

    // What was refused may have met itself: its first request was carried out, only the answer was lost, and the repeated one
    // finds the ETag changed, or no blob. Then it is done, and this is the ETag; else the refusal, with what is stored.
    private static async Task<string?> OwnOrRefusedAsync(
        GuardedBlob blob, InconsistentStateException refusal, bool deletes, CancellationToken stop)
    {
        bool repeated = blob.Attempts.Repeated;
        BlobProperties? stored = await blob.StoredAsync(stop);
        string? there = stored?.ETag.ToString();
        if (deletes ? stored is null && repeated : blob.Wrote(stored)) return there;

        string? expected = string.IsNullOrEmpty(refusal.CurrentEtag) ? null : refusal.CurrentEtag;
        string code = refusal.InnerException is RequestFailedException { ErrorCode: { Length: > 0 } text } ? $" ({text})" : "";
        throw new InconsistentStateException(
            $"grain state blob {blob.Location} was not changed: the caller expected " +
            $"{(expected is null ? "no record" : $"ETag {expected}")}, and there is " +
            $"{(there is null ? "no record" : $"one with ETag {there}")}{code}",
            there,
            expected);
    }

    /// <summary>Has the official provider do its work on the record, within the time there is; failures become one line.</summary>
    private async Task GuardAsync(
        string operation,
        string stateName,
        GrainId grainId,
        Func<AzureBlobGrainStorage, GuardedBlob, CancellationToken, Task> work,
        CancellationToken cancellationToken)
    {
        BlobContainerClient container = _container ?? throw new InvalidOperationException(
            $"Azure Blob grain storage \"{_name}\" is used before its silo started");
        var blob = new GuardedBlob(container.GetBlobClient(BlobNaming.BlobName(stateName, grainId)), _location);

        // One for each call, which costs a few references: the official provider hands no context of its calls on to the blob.
        // Its log stays silent, for what it throws is told here.
        var official = new AzureBlobGrainStorage(
            _name, _official, new GuardedContainer(container.Name, blob), _activators, NullLogger<AzureBlobGrainStorage>.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(_options.OperationTimeout);
        try
        {
            using IDisposable watch = blob.Attempts.Watch();
            await work(official, blob, stop.Token);
        }
        catch (DamagedGrainStateException e)
        {
            LogDamaged(e.Message);
            throw;
        }
        catch (Exception e) when (BlobFailure.Is(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string reason = stop.IsCancellationRequested
                ? $"given up after {_options.OperationTimeout.TotalSeconds:0.###} s"
                    + (blob.Attempts.LastFailure is { } last ? $" ({BlobFailure.Reason(last)})" : "")
                : BlobFailure.Reason(e);
            string? consequence = operation == "read" ? null
                : BlobFailure.IsRefusal(e) && !blob.Attempts.Repeated ? "nothing was changed"
                : "whether it took place is not known";
            throw BlobFailure.Because(reason, operation, "blob", blob.Location, consequence);
        }
    }

    [LoggerMessage(LogLevel.Information, "Azure Blob grain storage {Name} opened {Container}")]
    private partial void LogOpened(string name, string container);

    [LoggerMessage(LogLevel.Error, "{Problem}")]
    private partial void LogDamaged(string problem);
}
