using Orleans.Storage;

namespace SupSup.Storage.Tests;

/// <summary>What a test asks of the provider it starts; a null serializer means the provider's default.</summary>
public sealed record StorageSettings(bool DeleteStateOnClear = true, IGrainStorageSerializer? Serializer = null, int RecordVersion = 2);
