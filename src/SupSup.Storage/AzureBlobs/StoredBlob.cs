namespace SupSup.Storage.AzureBlobs;

/// <summary>One version of a blob, whole.</summary>
/// <param name="ETag">Its ETag.</param>
/// <param name="Payload">Its content; empty for a tombstone.</param>
internal sealed record StoredBlob(string ETag, byte[] Payload);
