using Azure.Storage.Blobs;
using Orleans.Storage;

namespace SupSup.Storage.AzureBlobs;

/// <summary>The container as the official provider sees it in one call: with one blob, by whatever name it asks for it.</summary>
/// <remarks>It cannot be created from here: a container that is gone while the silo runs is an error.</remarks>
/// <param name="name">The container's name.</param>
/// <param name="blob">The blob of the record that the call is about.</param>
internal sealed class GuardedContainer(string name, GuardedBlob blob) : BlobContainerClient, IBlobContainerFactory
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <summary>The blob, which has the official name wherever Azure takes that: <see cref="BlobNaming"/>.</summary>
    public override BlobClient GetBlobClient(string blobName) => blob;

    /// <inheritdoc/>
    public BlobContainerClient GetBlobContainerClient(GrainId grainId) => this;

    /// <inheritdoc/>
    public Task InitializeAsync(BlobServiceClient client) => Task.CompletedTask;
}
