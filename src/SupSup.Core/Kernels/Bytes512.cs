using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SupSup.Core.Kernels;

/// <summary>Four groups of sixteen bytes: AVX-512BW, whose shuffle looks up within each quarter.</summary>
internal readonly unsafe struct Bytes512(Vector512<byte> value) : IByteVector<Bytes512>
{
    private readonly Vector512<byte> _value = value;

    public static int Groups => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes512 Load(byte* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes512 LookUp(Bytes512 low, Bytes512 high, Bytes512 data)
    {
        Vector512<byte> nibble = Vector512.Create((byte)15);
        return new(Avx512BW.Shuffle(low._value, data._value & nibble)
            + Avx512BW.Shuffle(high._value, (data._value.AsUInt16() >>> 4).AsByte() & nibble));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes512 AddBytes(Bytes512 left, Bytes512 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes512 AddWords(Bytes512 left, Bytes512 right) => new((left._value.AsUInt16() + right._value.AsUInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes512 UpperBytes(Bytes512 vector) => new((vector._value.AsUInt16() >>> 8).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Reduce(Bytes512 words, Bytes512 uppers)
    {
        Vector512<ushort> odd = uppers._value.AsUInt16();
        Vector512<ushort> even = words._value.AsUInt16() - (odd << 8);
        Vector256<ushort> odds = odd.GetLower() + odd.GetUpper();
        Vector256<ushort> evens = even.GetLower() + even.GetUpper();
        return Vector256.Create(evens.GetLower() + evens.GetUpper(), odds.GetLower() + odds.GetUpper());
    }
}
