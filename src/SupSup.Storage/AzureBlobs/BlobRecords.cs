using System.Runtime.CompilerServices;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace SupSup.Storage.AzureBlobs;

/// <summary>The records of a container of Azure Blob Storage. Requests that fail in passing are repeated.</summary>
public sealed class BlobRecords : RecordContainer
{
    private readonly BlobContainerClient _container;

    private BlobRecords(BlobContainerClient container, string location) => (_container, Location) = (container, location);

    /// <inheritdoc/>
    public override string Location { get; }

    /// <summary>Opens a container for reading; silos may use it meanwhile.</summary>
    /// <param name="options">Account and container.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GrainStorageIOException">There is no such container, or the service does not answer.</exception>
    public static async Task<BlobRecords> OpenToReadAsync(BlobGrainStorageOptions options, CancellationToken cancellationToken)
    {
        (BlobContainerClient container, _, string location) = BlobClients.Create(options);
        BlobRecords records = new(container, location);
        if (!await RunAsync("open", "storage", location, async () => (await container.ExistsAsync(cancellationToken)).Value))
            throw new GrainStorageIOException($"there is no {location}; name the container that silos call Storage:Container", location);
        return records;
    }

    /// <summary>Opens a container for writing, which is made where it is missing.</summary>
    /// <param name="options">Account and container.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GrainStorageIOException">The service refused, or does not answer.</exception>
    public static async Task<BlobRecords> OpenToWriteAsync(BlobGrainStorageOptions options, CancellationToken cancellationToken)
    {
        (BlobContainerClient container, BlobContainerClient once, string location) = BlobClients.Create(options);
        await BlobContainerStart.OpenAsync(once, location, options.StartTimeout, cancellationToken);
        return new BlobRecords(container, location);
    }

    /// <inheritdoc/>
    public override string PlaceOf(RecordName record) => BlobNaming.BlobName(record.State, record.Grain);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<string> PlacesAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<BlobItem> blobs = _container
            .GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await RunAsync("list", "blobs", $"of {Location}", async () => await blobs.MoveNextAsync()))
            if (blobs.Current.Name.EndsWith(Suffix, StringComparison.Ordinal)) yield return blobs.Current.Name;
    }

    /// <inheritdoc/>
    public override Task<StoredRecord?> ReadAsync(string place, CancellationToken cancellationToken)
    {
        GuardedBlob blob = BlobAt(place);
        return RunAsync("read", "blob", blob.Location, async () =>
        {
            try
            {
                using BlobDownloadStreamingResult download =
                    await blob.DownloadStreamingAsync(cancellationToken: cancellationToken);
                using MemoryStream content = new();
                await download.Content.CopyToAsync(content, cancellationToken);
                return content.Length > 0 ? new StoredRecord(download.Details.ETag.ToString(), content.ToArray()) : null;
            }
            catch (Azure.RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobNotFound)
            {
                return null;
            }
        });
    }

    /// <inheritdoc/>
    public override Task<string?> ETagAsync(string place, CancellationToken cancellationToken)
    {
        GuardedBlob blob = BlobAt(place);
        return RunAsync("read", "blob", blob.Location, async () => (await blob.StoredAsync(cancellationToken))?.ETag.ToString());
    }

    /// <inheritdoc/>
    public override Task WriteAsync(string place, byte[] payload, CancellationToken cancellationToken)
    {
        GuardedBlob blob = BlobAt(place);
        return RunAsync(
            "write", "blob", blob.Location,
            async () => await blob.UploadAsync(new BinaryData(payload), new BlobUploadOptions(), cancellationToken));
    }

    /// <inheritdoc/>
    public override Task DeleteAsync(string place, CancellationToken cancellationToken) => RunAsync(
        "delete", "blob", $"{place} in {Location}",
        async () => await _container.GetBlobClient(place).DeleteIfExistsAsync(cancellationToken: cancellationToken));

    private GuardedBlob BlobAt(string place) => new(_container.GetBlobClient(place), Location);

    private static async Task<T> RunAsync<T>(string operation, string kind, string location, Func<Task<T>> request)
    {
        try
        {
            return await request();
        }
        catch (Exception e) when (BlobFailure.Is(e) && e is not OperationCanceledException)
        {
            throw BlobFailure.Because(BlobFailure.Reason(e), operation, kind, location);
        }
    }
}
