using System.Text;
using Orleans.Storage;

namespace SupSup.Storage.Tests;

/// <summary>Stores <see cref="SampleState.Mask"/> as it is, and can be told to fail.</summary>
public sealed class RawBytesSerializer : IGrainStorageSerializer
{
    /// <summary>Makes <see cref="Deserialize{T}"/> throw.</summary>
    public bool RefusesToDeserialize { get; set; }

    /// <summary>The bytes that <see cref="Deserialize{T}"/> was last given.</summary>
    public byte[]? LastRead { get; private set; }

    public BinaryData Serialize<T>(T? input) => new(((SampleState)(object)input!).Mask);

    public T? Deserialize<T>(BinaryData input)
    {
        if (RefusesToDeserialize) throw new DecoderFallbackException("no such\nfield");
        LastRead = input.ToArray();
        return (T)(object)new SampleState { Mask = LastRead };
    }
}
