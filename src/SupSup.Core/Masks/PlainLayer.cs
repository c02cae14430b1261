using System.Buffers.Binary;

namespace SupSup.Core.Masks;

/// <summary>A layer as one bit a weight.</summary>
internal static class PlainLayer
{
    /// <summary>Writes a layer.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="length">Number of weights.</param>
    /// <param name="layer">Its bits, packed.</param>
    public static void Write(BitWriter writer, int length, ReadOnlySpan<byte> layer)
    {
        for (int n = 0; n < length; n += 8) writer.Write(layer[n / 8], Math.Min(8, length - n));
    }

    /// <summary>Reads a layer.</summary>
    /// <param name="reader">Gives it.</param>
    /// <param name="length">Number of weights.</param>
    /// <param name="layer">Receives its bits, packed; zeros before.</param>
    /// <exception cref="InvalidDataException">The bits end too early.</exception>
    public static void Read(ref BitReader reader, int length, Span<byte> layer)
    {
        int n = 0;
        for (; n <= length - 32; n += 32) BinaryPrimitives.WriteUInt32LittleEndian(layer[(n / 8)..], reader.Read(32));
        for (; n < length; n += 8) layer[n / 8] = (byte)reader.Read(Math.Min(8, length - n));
    }
}
