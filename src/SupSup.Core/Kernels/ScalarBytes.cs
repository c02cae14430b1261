using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SupSup.Core.Kernels;

/// <summary>One group of sixteen bytes, a byte at a time: the definition that the registers are tested against.</summary>
internal unsafe struct ScalarBytes : IByteVector<ScalarBytes>
{
    private Sixteenfold _bytes;

    public static int Groups => 1;

    public static ScalarBytes Load(byte* source)
    {
        ScalarBytes result = default;
        for (int n = 0; n < 16; n++) result._bytes[n] = source[n];
        return result;
    }

    public static ScalarBytes LookUp(ScalarBytes low, ScalarBytes high, ScalarBytes data)
    {
        ScalarBytes result = default;
        for (int n = 0; n < 16; n++) result._bytes[n] = (byte)(low._bytes[data._bytes[n] & 15] + high._bytes[data._bytes[n] >> 4]);
        return result;
    }

    public static ScalarBytes AddBytes(ScalarBytes left, ScalarBytes right)
    {
        for (int n = 0; n < 16; n++) left._bytes[n] += right._bytes[n];
        return left;
    }

    public static ScalarBytes AddWords(ScalarBytes left, ScalarBytes right)
    {
        for (int n = 0; n < 16; n += 2) left.SetWord(n, left.Word(n) + right.Word(n));
        return left;
    }

    public static ScalarBytes UpperBytes(ScalarBytes vector)
    {
        for (int n = 0; n < 16; n += 2) vector.SetWord(n, vector._bytes[n + 1]);
        return vector;
    }

    public static Vector256<ushort> Reduce(ScalarBytes words, ScalarBytes uppers)
    {
        Vector256<ushort> sums = default;
        for (int n = 0; n < 8; n++)
            sums = sums.WithElement(n, (ushort)(words.Word(2 * n) - (uppers.Word(2 * n) << 8))).WithElement(
                8 + n, (ushort)uppers.Word(2 * n));
        return sums;
    }

    private readonly int Word(int n) => _bytes[n] | (_bytes[n + 1] << 8);

    private void SetWord(int n, int word) => (_bytes[n], _bytes[n + 1]) = ((byte)word, (byte)(word >> 8));

    [InlineArray(16)]
    private struct Sixteenfold
    {
        private byte _first;
    }
}
