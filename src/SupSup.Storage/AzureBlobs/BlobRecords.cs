using System.Security.Cryptography;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Orleans.Storage;

namespace SupSup.Storage.AzureBlobs;

/// <summary>
/// The records of one container: reads of one version, conditional writes and conditional deletes, each of which knows
/// whether it took place even where the answer was lost.
/// </summary>
/// <remarks>A record is named by its blob's name. Calls on any record may run side by side, from any silo.</remarks>
/// <param name="container">The container, by a client that repeats requests which failed in passing.</param>
/// <param name="containerLocation">Container and account as messages give them.</param>
/// <param name="operationTimeout">How long one call may take with all its repeats.</param>
internal sealed class BlobRecords(BlobContainerClient container, string containerLocation, TimeSpan operationTimeout)
{
    /// <summary>
    /// The metadata entry of a blob that says by which write it came to be. The official provider writes none and
    /// ignores it.
    /// </summary>
    public const string WriteIdName = "supsupwrite";

    private const string ContentType = "application/octet-stream";

    /// <summary>A blob's name, container and account.</summary>
    public string LocationOf(string name) => $"{name} in {containerLocation}";

    /// <summary>A record of one version, whole; null when there is none.</summary>
    /// <exception cref="DamagedGrainStateException">The blob is not what was written.</exception>
    /// <exception cref="GrainStorageIOException">The service refused or did not answer.</exception>
    public Task<StoredBlob?> ReadAsync(string name, CancellationToken cancellationToken) =>
        OrFailAsync<StoredBlob?>("read", name, changes: false, async (_, stop) =>
        {
            BlobClient blob = container.GetBlobClient(name);
            while (true)
            {
                try
                {
                    return await DownloadAsync(blob, name, stop);
                }
                catch (RequestFailedException e) when (IsBlobNotFound(e))
                {
                    return null;
                }
                catch (RequestFailedException e) when (e.Status == 412)
                {
                    // The connection broke in the midst of it, and what the SDK would go on with is another version.
                }
            }
        },
        cancellationToken);

    /// <summary>Writes a record if its ETag is the expected one.</summary>
    /// <param name="name">The record.</param>
    /// <param name="expectedETag">The ETag it must have; null or empty when there must be none.</param>
    /// <param name="payload">What to store; empty for a tombstone.</param>
    /// <param name="cancellationToken">Gives up; whether the write took place is then not known.</param>
    /// <returns>The new ETag.</returns>
    /// <exception cref="InconsistentStateException">The ETag is another one; nothing was changed.</exception>
    /// <exception cref="GrainStorageIOException">The service refused or did not answer.</exception>
    public Task<string> WriteAsync(
        string name, string? expectedETag, BinaryData payload, CancellationToken cancellationToken) =>
        OrFailAsync("write", name, changes: true, async (_, stop) =>
        {
            BlobClient blob = container.GetBlobClient(name);
            string writeId = Guid.NewGuid().ToString("N");
            try
            {
                BlobContentInfo written = await blob.UploadAsync(
                    payload, UploadOptions(expectedETag, payload, writeId), stop);
                return written.ETag.ToString();
            }
            catch (RequestFailedException e) when (IsRefusal(e))
            {
                // The write may have met itself: its first request was carried out, only the answer was lost, and the
                // repeated one finds the ETag changed.
                BlobProperties? stored = await PropertiesAsync(blob, stop);
                if (stored is not null && stored.Metadata.TryGetValue(WriteIdName, out string? by) && by == writeId)
                    return stored.ETag.ToString();
                throw Inconsistent(name, stored, expectedETag, e);
            }
        },
        cancellationToken);

    /// <summary>
    /// Deletes a record if its ETag is the expected one. Where none is expected and none is there, all is well.
    /// </summary>
    /// <exception cref="InconsistentStateException">The ETag is another one; nothing was changed.</exception>
    /// <exception cref="GrainStorageIOException">The service refused or did not answer.</exception>
    public Task DeleteAsync(string name, string? expectedETag, CancellationToken cancellationToken) =>
        OrFailAsync("delete", name, changes: true, async (attempts, stop) =>
        {
            BlobClient blob = container.GetBlobClient(name);
            if (string.IsNullOrEmpty(expectedETag))
            {
                if (await PropertiesAsync(blob, stop) is { } there) throw Inconsistent(name, there, expectedETag, null);
                return true;
            }

            try
            {
                await blob.DeleteAsync(DeleteSnapshotsOption.None, Conditions(expectedETag), stop);
            }
            catch (RequestFailedException e) when (IsRefusal(e))
            {
                // Where an earlier request deleted it and only the answer was lost, the repeated one finds nothing.
                bool repeated = attempts.Repeated;
                BlobProperties? stored = await PropertiesAsync(blob, stop);
                if (stored is not null || !repeated) throw Inconsistent(name, stored, expectedETag, e);
            }

            return true;
        },
        cancellationToken);

    private static BlobUploadOptions UploadOptions(string? expectedETag, BinaryData payload, string writeId) => new()
    {
        Conditions = Conditions(expectedETag),
        HttpHeaders = new BlobHttpHeaders { ContentType = ContentType, ContentHash = Md5Of(payload.ToMemory().Span) },
        Metadata = new Dictionary<string, string> { [WriteIdName] = writeId },

        // The service compares what arrives with this hash before it stores anything.
        TransferValidation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 },
    };

    /// <summary>One request for the whole blob; what the SDK asks for again after a break is of the same version.</summary>
    private async Task<StoredBlob> DownloadAsync(BlobClient blob, string name, CancellationToken cancellationToken)
    {
        using BlobDownloadStreamingResult answer = await blob.DownloadStreamingAsync(
            cancellationToken: cancellationToken);
        BlobDownloadDetails details = answer.Details;
        if (details.ContentLength > Array.MaxLength) throw Damaged(name, "its content is too long for this release");

        byte[] content = GC.AllocateUninitializedArray<byte>((int)details.ContentLength);
        await answer.Content.ReadExactlyAsync(content, cancellationToken);

        // The hash of the whole blob goes by one name in the answer to a request for all of it, and by another in that
        // for a part, which all of it may be asked for as. The official provider's blobs may have none.
        byte[]? hash = details.BlobContentHash is { Length: > 0 } whole ? whole : details.ContentHash;
        if (hash is { Length: > 0 } && !Md5Of(content).AsSpan().SequenceEqual(hash))
        {
            throw Damaged(
                name, $"its content is not what was written: the MD5 of its {content.Length} bytes is not the stored one");
        }

        return new StoredBlob(details.ETag.ToString(), content);
    }

    private DamagedGrainStateException Damaged(string name, string problem) => new("blob", LocationOf(name), problem);

    private static async Task<BlobProperties?> PropertiesAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            return await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException e) when (IsBlobNotFound(e))
        {
            return null;
        }
    }

    private InconsistentStateException Inconsistent(
        string name, BlobProperties? stored, string? expectedETag, RequestFailedException? refusal)
    {
        string? expected = string.IsNullOrEmpty(expectedETag) ? null : expectedETag;
        string? there = stored?.ETag.ToString();
        string code = string.IsNullOrEmpty(refusal?.ErrorCode) ? "" : $" ({refusal.ErrorCode})";
        return new InconsistentStateException(
            $"grain state blob {LocationOf(name)} was not changed: the caller expected " +
            $"{(expected is null ? "no record" : $"ETag {expected}")}, and there is " +
            $"{(there is null ? "no record" : $"one with ETag {there}")}{code}",
            there,
            expected);
    }

    private static BlobRequestConditions Conditions(string? expectedETag) => string.IsNullOrEmpty(expectedETag)
        ? new BlobRequestConditions { IfNoneMatch = ETag.All }
        : new BlobRequestConditions { IfMatch = new ETag(expectedETag) };

    private static bool IsRefusal(RequestFailedException e) => e.Status is 409 or 412 || IsBlobNotFound(e);

    // A container that is gone must not pass for one in which nothing was ever written.
    private static bool IsBlobNotFound(RequestFailedException e) =>
        e.Status == 404 && e.ErrorCode == BlobErrorCode.BlobNotFound;

#pragma warning disable CA5351 // MD5 is what the service stores and compares; it guards against damage, not against forgery.
    private static byte[] Md5Of(ReadOnlySpan<byte> content) => MD5.HashData(content);
#pragma warning restore CA5351

    private async Task<T> OrFailAsync<T>(
        string operation,
        string name,
        bool changes,
        Func<Attempts, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(operationTimeout);
        var attempts = new Attempts();
        try
        {
            using IDisposable watch = attempts.Watch();
            return await work(attempts, stop.Token);
        }
        catch (Exception e) when (BlobFailure.Is(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string reason = stop.IsCancellationRequested
                ? $"given up after {operationTimeout.TotalSeconds:0.###} s"
                    + (attempts.LastFailure is { } last ? $" ({BlobFailure.Reason(last)})" : "")
                : BlobFailure.Reason(e);
            throw BlobFailure.Because(
                reason, operation, "blob", LocationOf(name), changes ? Consequence(e, attempts) : null);
        }
    }

    private static string Consequence(Exception failure, Attempts attempts) =>
        failure is RequestFailedException { Status: >= 400 and < 500 and not 408 } && !attempts.Repeated
            ? "nothing was changed"
            : "whether it took place is not known";
}
