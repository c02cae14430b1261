using Orleans.Storage;

namespace SupSup.Storage.AzureBlobs;

/// <summary>
/// A serializer that the official provider cannot use on streams: so a state is serialised before the first await, within the
/// grain's turn, where no re-entrant call can change it half-way through, and its hash is known before it is sent.
/// </summary>
/// <param name="serializer">Serialises.</param>
internal sealed class WholeStateSerializer(IGrainStorageSerializer serializer) : IGrainStorageSerializer
{
    /// <inheritdoc/>
    public BinaryData Serialize<T>(T? input) => serializer.Serialize(input);

    /// <inheritdoc/>
    public T? Deserialize<T>(BinaryData input) => serializer.Deserialize<T>(input);
}
