using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.OpenInference;

/// <summary>Reads the bytes of a tensor, which are little-endian.</summary>
internal static class TensorBytes
{
    /// <summary>The datatypes that inputs may have.</summary>
    public const string Datatypes = "FP32, FP64 or UINT8";

    /// <summary>Turns bytes into single precision.</summary>
    /// <param name="name">The tensor's name, for errors.</param>
    /// <param name="datatype">What the bytes are.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="SupSupException">InvalidRequest: another datatype, or bytes that are no whole number of values.</exception>
    public static float[] Read(string name, string datatype, ReadOnlySpan<byte> bytes)
    {
        int size = SizeOf(name, datatype);
        if (bytes.Length % size != 0) throw new SupSupException(
            SupSupError.InvalidRequest, $"{bytes.Length} bytes of '{name}' are not a whole number of {datatype} values");
        float[] values = new float[bytes.Length / size];
        if (size == 4 && BitConverter.IsLittleEndian)
            bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        else
            for (int n = 0; n < values.Length; n++)
                values[n] = size switch
                {
                    1 => bytes[n],
                    4 => BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * n)..]),
                    _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * n)..]),
                };
        return values;
    }

    /// <summary>Bytes of a value.</summary>
    /// <exception cref="SupSupException">InvalidRequest: another datatype.</exception>
    public static int SizeOf(string name, string datatype) =>
        datatype switch { "FP32" => 4, "FP64" => 8, "UINT8" => 1, _ => throw WrongDatatype(name, datatype) };

    /// <summary>Refuses a datatype.</summary>
    public static SupSupException WrongDatatype(string name, string datatype) =>
        new(SupSupError.InvalidRequest, $"input '{name}' has datatype '{datatype}'; send {Datatypes}");
}
