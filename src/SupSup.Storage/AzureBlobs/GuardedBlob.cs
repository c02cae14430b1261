using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace SupSup.Storage.AzureBlobs;

/// <summary>
/// One record's blob for one call of the official provider: says by which write it came to be, and is read whole, with
/// its hash compared, before anything of it is handed on.
/// </summary>
/// <remarks>Only what the official provider calls is guarded; the rest of the class throws, as the SDK's mocks do.</remarks>
/// <param name="blob">The blob, by a client that repeats requests which failed in passing.</param>
/// <param name="container">Container and account as messages give them.</param>
internal sealed class GuardedBlob(BlobClient blob, string container) : BlobClient
{
    /// <summary>
    /// The metadata entry of a blob that says by which write it came to be. The bare official provider writes none and
    /// ignores it.
    /// </summary>
    private const string WriteIdName = "supsupwrite";

    /// <summary>The metadata entry that says which record the blob is: the first half of the SHA-256 of its name. A blob that was copied to
    /// another's name has its own. Code before it writes none and ignores it.</summary>
    private const string RecordName = "supsuprecord";

    private const string ContentType = "application/octet-stream";

    private readonly string _record = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(blob.Name)).AsSpan(0, 16));
    private readonly string _writeId = Guid.NewGuid().ToString("N");

    /// <summary>The blob's name, container and account as messages give them.</summary>
    public string Location => $"{blob.Name} in {container}";

    /// <summary>What became of the call's requests.</summary>
    public Attempts Attempts { get; } = new();

    /// <summary>Whether a download arrived whole and as it was written; what fails from then on is its deserialisation.</summary>
    public bool IsRead { get; private set; }

    /// <summary>What was read, where it does not say which record it is; else null.</summary>
    public byte[]? Unnamed { get; private set; }

    /// <inheritdoc/>
    public override string Name => blob.Name;

    /// <inheritdoc/>
    public override string BlobContainerName => blob.BlobContainerName;

    /// <summary>The stored blob's properties; null when there is none.</summary>
    public async Task<BlobProperties?> StoredAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    /// <summary>Whether the stored blob is the one that this call wrote.</summary>
    public bool Wrote(BlobProperties? stored) =>
        stored is not null && stored.Metadata.TryGetValue(WriteIdName, out string? by) && by == _writeId;

    /// <summary>Says in one line that the blob is damaged.</summary>
    public DamagedGrainStateException Damaged(string problem) => new("blob", Location, problem);

    /// <inheritdoc/>
    public override Task<Response<BlobContentInfo>> UploadAsync(
        BinaryData content, BlobUploadOptions options, CancellationToken cancellationToken = default)
    {
        options.HttpHeaders = new BlobHttpHeaders { ContentType = ContentType, ContentHash = Md5Of(content.ToMemory().Span) };
        options.Metadata = new Dictionary<string, string> { [WriteIdName] = _writeId, [RecordName] = _record };

        // The service compares what arrives with this hash before it stores anything.
        options.TransferValidation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 };
        return InContainerAsync(blob.UploadAsync(content, options, cancellationToken));
    }

    /// <inheritdoc/>
    /// <exception cref="DamagedGrainStateException">The blob is not what was written.</exception>
    public override async Task<Response<BlobDownloadStreamingResult>> DownloadStreamingAsync(
        BlobDownloadOptions? options = null, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                Response<BlobDownloadStreamingResult> answer =
                    await InContainerAsync(blob.DownloadStreamingAsync(options, cancellationToken));
                using BlobDownloadStreamingResult download = answer.Value;
                byte[] content = await WholeAsync(download, cancellationToken);
                IsRead = true;
                return Response.FromValue(
                    BlobsModelFactory.BlobDownloadStreamingResult(new MemoryStream(content), download.Details), answer.GetRawResponse());
            }
            catch (RequestFailedException e) when (e.Status == 412)
            {
                // The connection broke in the midst of it, and what the SDK would go on with is another version.
            }
        }
    }

    /// <summary>Deletes the blob. Without an ETag, Azure would delete whatever is there: then nothing may be there.</summary>
    public override async Task<Response<bool>> DeleteIfExistsAsync(
        DeleteSnapshotsOption snapshotsOption = DeleteSnapshotsOption.None,
        BlobRequestConditions? conditions = null,
        CancellationToken cancellationToken = default)
    {
        if (conditions?.IfMatch is not null)
            return Response.FromValue(true, await InContainerAsync(blob.DeleteAsync(snapshotsOption, conditions, cancellationToken)));
        if (await StoredAsync(cancellationToken) is not null) throw new RequestFailedException(412, "there is a blob");
        return Response.FromValue(false, null!);
    }

    private async Task<byte[]> WholeAsync(BlobDownloadStreamingResult download, CancellationToken cancellationToken)
    {
        BlobDownloadDetails details = download.Details;
        if (details.ContentLength > Array.MaxLength) throw Damaged("its content is too long for this release");
        bool isNamed = details.Metadata.TryGetValue(RecordName, out string? of);
        if (isNamed && of != _record)
            throw Damaged("it is the record of another blob, which was copied here");

        byte[] content = GC.AllocateUninitializedArray<byte>((int)details.ContentLength);
        await download.Content.ReadExactlyAsync(content, cancellationToken);

        // The hash of the whole blob goes by one name in the answer to a request for all of it, and by another in that
        // for a part, which all of it may be asked for as. Blobs that were copied into the container may have none.
        byte[]? hash = details.BlobContentHash is { Length: > 0 } whole ? whole : details.ContentHash;
        if (hash is { Length: > 0 } && !Md5Of(content).AsSpan().SequenceEqual(hash))
            throw Damaged($"its content is not what was written: the MD5 of its {content.Length} bytes is not the stored one");
        Unnamed = isNamed ? null : content;
        return content;
    }

    // The official provider takes a container that is gone for an empty one on reading, and makes it anew on writing, when
    // it learns of it as the SDK says it; wrapped as the SDK wraps what repeated requests end with, it leaves it alone.
    private static async Task<T> InContainerAsync<T>(Task<T> request)
    {
        try
        {
            return await request;
        }
        catch (RequestFailedException e) when (e.Status == 404 && e.ErrorCode != BlobErrorCode.BlobNotFound)
        {
            throw new AggregateException(e);
        }
    }

#pragma warning disable CA5351 // MD5 is what the service stores and compares; it guards against damage, not against forgery.
    private static byte[] Md5Of(ReadOnlySpan<byte> content) => MD5.HashData(content);
#pragma warning restore CA5351
}
