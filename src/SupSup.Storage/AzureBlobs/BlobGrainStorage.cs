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
public sealed partial class BlobGrainStorage : RecordGrainStorage, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly string _name;
    private readonly BlobGrainStorageOptions _options;
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
        : base(options, activatorProvider, logger)
    {
        _name = name;
        _options = options;
        _logger = logger;
    }

    private BlobRecords Records => _records ?? throw new InvalidOperationException(
        $"Azure Blob grain storage \"{_name}\" is used before its silo started");

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
        _records = new BlobRecords(retrying, location, _options.OperationTimeout);
        LogOpened(_name, location);
    }

    private protected override bool DeletesOnClear => _options.DeleteStateOnClear;

    private protected override string NameOf(string stateName, GrainId grainId) => BlobNaming.BlobName(stateName, grainId);

    private protected override async Task<(string ETag, byte[] Payload)?> ReadAsync(string record, CancellationToken cancellationToken) =>
        await Records.ReadAsync(record, cancellationToken) is { } stored ? (stored.ETag, stored.Payload) : null;

    private protected override Task<string> WriteAsync(
        string record, string? expectedETag, BinaryData payload, bool tombstone, CancellationToken cancellationToken) =>
        Records.WriteAsync(record, expectedETag, payload, cancellationToken);

    private protected override Task DeleteAsync(string record, string? expectedETag, CancellationToken cancellationToken) =>
        Records.DeleteAsync(record, expectedETag, cancellationToken);

    private protected override DamagedGrainStateException NotOf(string record, string type, Exception error) =>
        new("blob", Records.LocationOf(record), $"it does not deserialise as {type} ({FailureText.OneLine(error)})");

    [LoggerMessage(LogLevel.Information, "Azure Blob grain storage {Name} opened {Container}")]
    private partial void LogOpened(string name, string container);
}
