namespace SupSup.Storage;

/// <summary>A record as it was read.</summary>
/// <param name="ETag">What tells this version from every other one.</param>
/// <param name="Payload">What the serializer wrote.</param>
public sealed record StoredRecord(string ETag, byte[] Payload);
