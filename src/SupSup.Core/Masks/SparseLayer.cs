using System.Buffers;
using System.Runtime.InteropServices;

namespace SupSup.Core.Masks;

/// <summary>A layer as the positions of its ones, or of its zeros where these are fewer.</summary>
internal static class SparseLayer
{
    /// <summary>Whether it can be shorter than one bit a weight: above 3/8 of either value the code is none better.</summary>
    /// <param name="length">Number of weights.</param>
    /// <param name="ones">How many are 1.</param>
    public static bool Helps(int length, int ones) => 8L * Math.Min(ones, length - ones) < 3L * length;

    /// <summary>Writes a layer.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="length">Number of weights.</param>
    /// <param name="layer">Its bits, packed.</param>
    public static void Write(BitWriter writer, int length, ReadOnlySpan<byte> layer)
    {
        List<int> ones = [];
        for (int n = 0; n < length; n++)
            if ((layer[n >> 3] >> (n & 7) & 1) != 0) ones.Add(n);
        MarkCode.Write(writer, length, CollectionsMarshal.AsSpan(ones));
    }

    /// <summary>Reads a layer.</summary>
    /// <param name="reader">Gives it.</param>
    /// <param name="length">Number of weights.</param>
    /// <param name="layer">Receives its bits, packed; zeros before.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static void Read(ref BitReader reader, int length, Span<byte> layer)
    {
        int[] room = ArrayPool<int>.Shared.Rent(length / 2 + 1);
        ReadOnlySpan<int> marks = MarkCode.Read(ref reader, length, room, out bool areZeros);
        if (areZeros)
        {
            layer.Fill(byte.MaxValue);
            layer[^1] >>= layer.Length * 8 - length;
        }

        foreach (int n in marks) layer[n >> 3] ^= (byte)(1 << (n & 7));
        ArrayPool<int>.Shared.Return(room);
    }
}
