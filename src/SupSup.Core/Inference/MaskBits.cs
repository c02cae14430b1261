using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SupSup.Core.Inference;

/// <summary>
/// Loops over packed bits and floats side by side. Each has a vector body that turns the next bits into lane masks
/// (broadcast, test one bit per lane) and a scalar tail, which is also the definition.
/// </summary>
public static class MaskBits
{
    /// <summary>Writes values where the bit is set, else zero.</summary>
    /// <param name="bits">Little-endian bits, at least one per value.</param>
    /// <param name="values">Values.</param>
    /// <param name="selected">Receives as many values.</param>
    public static void Select(ReadOnlySpan<byte> bits, ReadOnlySpan<float> values, Span<float> selected)
    {
        Check(bits, values.Length);
        selected = selected[..values.Length];
        ref float v = ref MemoryMarshal.GetReference(values);
        ref float s = ref MemoryMarshal.GetReference(selected);
        int n = 0;
        for (; n <= values.Length - Vector256<float>.Count; n += Vector256<float>.Count)
            (Vector256.LoadUnsafe(ref v, (nuint)n) & Lanes256(bits[n >> 3])).StoreUnsafe(ref s, (nuint)n);
        for (; n < values.Length; n++) selected[n] = IsSet(bits, n) ? values[n] : 0;
    }

    /// <summary>Adds up the values whose bit is set. Sums are float, in up to 64 independent lanes.</summary>
    /// <param name="bits">Little-endian bits, at least one per value.</param>
    /// <param name="values">Values.</param>
    public static float Sum(ReadOnlySpan<byte> bits, ReadOnlySpan<float> values)
    {
        Check(bits, values.Length);
        ref float v = ref MemoryMarshal.GetReference(values);
        ref byte b = ref MemoryMarshal.GetReference(bits);
        float sum = 0;
        int n = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            for (; n <= values.Length - 4 * Vector512<float>.Count; n += 4 * Vector512<float>.Count)
            {
                ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref b, n >> 3));
                sum0 += Vector512.LoadUnsafe(ref v, (nuint)n) & Lanes512((uint)word);
                sum1 += Vector512.LoadUnsafe(ref v, (nuint)(n + 16)) & Lanes512((uint)(word >> 16));
                sum2 += Vector512.LoadUnsafe(ref v, (nuint)(n + 32)) & Lanes512((uint)(word >> 32));
                sum3 += Vector512.LoadUnsafe(ref v, (nuint)(n + 48)) & Lanes512((uint)(word >> 48));
            }

            sum = Vector512.Sum(sum0 + sum1 + (sum2 + sum3));
        }
        else
        {
            Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            for (; n <= values.Length - 4 * Vector256<float>.Count; n += 4 * Vector256<float>.Count)
            {
                uint word = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref b, n >> 3));
                sum0 += Vector256.LoadUnsafe(ref v, (nuint)n) & Lanes256(word);
                sum1 += Vector256.LoadUnsafe(ref v, (nuint)(n + 8)) & Lanes256(word >> 8);
                sum2 += Vector256.LoadUnsafe(ref v, (nuint)(n + 16)) & Lanes256(word >> 16);
                sum3 += Vector256.LoadUnsafe(ref v, (nuint)(n + 24)) & Lanes256(word >> 24);
            }

            sum = Vector256.Sum(sum0 + sum1 + (sum2 + sum3));
        }

        for (; n < values.Length; n++) sum += IsSet(bits, n) ? values[n] : 0;
        return sum;
    }

    /// <summary>Adds the bits, times a sign, to counters.</summary>
    /// <param name="bits">Little-endian bits, at least one per counter.</param>
    /// <param name="sign">+1 to add a mask, -1 to take it away.</param>
    /// <param name="counts">Counters, changed in place.</param>
    public static void Accumulate(ReadOnlySpan<byte> bits, int sign, Span<int> counts)
    {
        Check(bits, counts.Length);
        ref int c = ref MemoryMarshal.GetReference(counts);
        int n = 0;
        Vector256<int> amount = Vector256.Create(sign);
        for (; n <= counts.Length - Vector256<int>.Count; n += Vector256<int>.Count)
            (Vector256.LoadUnsafe(ref c, (nuint)n) + (amount & Lanes256(bits[n >> 3]).AsInt32())).StoreUnsafe(ref c, (nuint)n);
        for (; n < counts.Length; n++) counts[n] += IsSet(bits, n) ? sign : 0;
    }

    private static bool IsSet(ReadOnlySpan<byte> bits, int n) => (bits[n >> 3] >> (n & 7) & 1) != 0;

    internal static void Check(ReadOnlySpan<byte> bits, int count)
    {
        if (bits.Length < (count + 7) / 8) throw new ArgumentException($"{bits.Length} bytes are too few for {count} bits");
    }

    /// <summary>All ones in lane i where bit i of the low byte is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Lanes256(uint bits)
    {
        Vector256<int> selector = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        return Vector256.Equals(Vector256.Create((int)bits) & selector, selector).AsSingle();
    }

    /// <summary>All ones in lane i where bit i of the low 16 bits is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Lanes512(uint bits)
    {
        Vector512<int> selector = Vector512.Create(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
        return Vector512.Equals(Vector512.Create((int)bits) & selector, selector).AsSingle();
    }
}
