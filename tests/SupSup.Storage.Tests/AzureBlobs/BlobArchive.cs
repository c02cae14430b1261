using System.IO.Compression;
using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>The blobs of a container as a zip file: an entry for each, with its headers as the entry's comment.</summary>
internal static class BlobArchive
{
    public static async Task SaveAsync(BlobContainerClient container, string file, CancellationToken cancellationToken)
    {
        await using FileStream stream = File.Create(file);
        await using ZipArchive zip = await ZipArchive.CreateAsync(
            stream, ZipArchiveMode.Create, leaveOpen: false, entryNameEncoding: null, cancellationToken);
        await foreach (BlobItem blob in container.GetBlobsAsync(cancellationToken: cancellationToken))
        {
            BlobDownloadResult result = await container.GetBlobClient(blob.Name).DownloadContentAsync(cancellationToken);
            BlobDownloadDetails details = result.Details;
            ZipArchiveEntry entry = zip.CreateEntry(blob.Name, CompressionLevel.SmallestSize);
            entry.Comment = JsonSerializer.Serialize(new Headers(details.ContentType, details.ContentHash, details.Metadata));
            await using Stream content = await entry.OpenAsync(cancellationToken);
            await content.WriteAsync(result.Content.ToMemory(), cancellationToken);
        }
    }

    public static async Task UploadAsync(string file, BlobContainerClient container, CancellationToken cancellationToken)
    {
        await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await using ZipArchive zip = await ZipFile.OpenReadAsync(file, cancellationToken);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            Headers headers = JsonSerializer.Deserialize<Headers>(entry.Comment)!;
            await using Stream content = await entry.OpenAsync(cancellationToken);
            await container.GetBlobClient(entry.FullName).UploadAsync(
                await BinaryData.FromStreamAsync(content, cancellationToken),
                new BlobUploadOptions
                {
                    HttpHeaders = new BlobHttpHeaders { ContentType = headers.ContentType, ContentHash = headers.ContentHash },
                    Metadata = headers.Metadata,
                },
                cancellationToken);
        }
    }

    private sealed record Headers(string ContentType, byte[] ContentHash, IDictionary<string, string> Metadata);
}
