using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging.Abstractions;
using SupSup.Storage.AzureBlobs;

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>A container of a test's own, the provider on it, and a plain client to look behind the provider.</summary>
public sealed class TemporaryContainer(OrleansSerialization serialization, string connectionString)
{
    public string Name { get; } = $"test-{Guid.NewGuid():N}";

    public BlobContainerClient Client => new(connectionString, Name);

    /// <summary>The blob of a grain's state, where its name needs no escape.</summary>
    public BlobClient BlobOf(GrainId grain, string state = "mask") =>
        Client.GetBlobClient($"{state}-{grain.Type}/{grain.Key}.json");

    public async ValueTask<byte[]> ContentOfAsync(GrainId grain, string state = "mask")
    {
        BlobDownloadResult result = await BlobOf(grain, state).DownloadContentAsync(Cancellation);
        return result.Content.ToArray();
    }

    /// <summary>Puts other bytes in the place of the blob's, under the hash of those that were written, and returns them.</summary>
    public async Task<byte[]> RotAsync(GrainId grain, Func<byte[], byte[]> damage, string state = "mask")
    {
        BlobClient blob = BlobOf(grain, state);
        BlobProperties properties = await blob.GetPropertiesAsync(cancellationToken: Cancellation);
        byte[] damaged = damage(await ContentOfAsync(grain, state));
        await blob.UploadAsync(new BinaryData(damaged), new BlobUploadOptions { Metadata = properties.Metadata }, Cancellation);
        await blob.SetHttpHeadersAsync(
            new BlobHttpHeaders { ContentHash = properties.ContentHash }, cancellationToken: Cancellation);
        return damaged;
    }

    public async ValueTask<RunningStorage> StartAsync(
        StorageSettings? settings = null, Action<BlobGrainStorageOptions>? configure = null)
    {
        settings ??= new StorageSettings();
        var options = new BlobGrainStorageOptions
        {
            ConnectionString = connectionString,
            ContainerName = Name,
            DeleteStateOnClear = settings.DeleteStateOnClear,
            GrainStorageSerializer = settings.Serializer ?? serialization.StorageSerializer,
        };
        configure?.Invoke(options);
        new BlobGrainStorageOptionsValidator(options, "test").ValidateConfiguration();
        var storage = new BlobGrainStorage(
            "test", options, serialization.Activators, NullLogger<BlobGrainStorage>.Instance);
        var lifecycle = new SiloLifecycleSubject(NullLogger<SiloLifecycleSubject>.Instance);
        storage.Participate(lifecycle);
        await lifecycle.OnStart(Cancellation);
        return new RunningStorage(storage, async () => await lifecycle.OnStop(CancellationToken.None));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
