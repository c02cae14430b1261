namespace SupSup.Silo.OpenInference;

/// <summary>An output tensor. One of the arrays holds its values, as its datatype says.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">INT64, FP64, FP32 or BOOL.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Values">long[], double[], float[] or bool[], row-major.</param>
internal sealed record OutputTensor(string Name, string Datatype, long[] Shape, Array Values)
{
    /// <summary>The values as the protocol's bytes: little-endian, a byte for each truth value.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Buffer.ByteLength(Values)];
        Buffer.BlockCopy(Values, 0, bytes, 0, bytes.Length);
        return bytes;
    }
}
