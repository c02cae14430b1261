using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SupSup.Core.Kernels;

/// <summary>One group of sixteen bytes: SSSE3, ARM NEON, or plain code where there is neither.</summary>
internal readonly unsafe struct Bytes128(Vector128<byte> value) : IByteVector<Bytes128>
{
    private readonly Vector128<byte> _value = value;

    public static int Groups => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes128 Load(byte* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes128 LookUp(Bytes128 low, Bytes128 high, Bytes128 data)
    {
        Vector128<byte> nibble = Vector128.Create((byte)15);
        return new(Vector128.ShuffleNative(low._value, data._value & nibble)
            + Vector128.ShuffleNative(high._value, (data._value.AsUInt16() >>> 4).AsByte() & nibble));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes128 AddBytes(Bytes128 left, Bytes128 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes128 AddWords(Bytes128 left, Bytes128 right) => new((left._value.AsUInt16() + right._value.AsUInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes128 UpperBytes(Bytes128 vector) => new((vector._value.AsUInt16() >>> 8).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Reduce(Bytes128 words, Bytes128 uppers)
    {
        Vector128<ushort> odd = uppers._value.AsUInt16();
        return Vector256.Create(words._value.AsUInt16() - (odd << 8), odd);
    }
}
