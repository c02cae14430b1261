using System.Buffers.Binary;
using System.Text;

namespace SupSup.Silo.OpenInference;

/// <summary>An output tensor. One of the arrays holds its values, as its datatype says.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">INT64, FP64, FP32, BOOL or BYTES.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Values">long[], double[], float[], bool[] or string[], row-major.</param>
internal sealed record OutputTensor(string Name, string Datatype, long[] Shape, Array Values)
{
    /// <summary>The values as the protocol's bytes: little-endian, a byte for each truth value, texts in UTF-8 behind their
    /// lengths.</summary>
    public byte[] ToBytes()
    {
        if (Values is string[] texts) return [.. texts.SelectMany(WithLength)];
        byte[] bytes = new byte[Buffer.ByteLength(Values)];
        Buffer.BlockCopy(Values, 0, bytes, 0, bytes.Length);
        return bytes;
    }

    private static byte[] WithLength(string text)
    {
        byte[] bytes = new byte[sizeof(int) + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length - sizeof(int));
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(sizeof(int)));
        return bytes;
    }
}
