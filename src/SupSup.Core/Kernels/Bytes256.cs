using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SupSup.Core.Kernels;

/// <summary>Two groups of sixteen bytes: AVX2, whose shuffle looks up within each half.</summary>
internal readonly unsafe struct Bytes256(Vector256<byte> value) : IByteVector<Bytes256>
{
    private readonly Vector256<byte> _value = value;

    public static int Groups => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes256 Load(byte* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes256 LookUp(Bytes256 low, Bytes256 high, Bytes256 data)
    {
        Vector256<byte> nibble = Vector256.Create((byte)15);
        return new(Avx2.Shuffle(low._value, data._value & nibble)
            + Avx2.Shuffle(high._value, (data._value.AsUInt16() >>> 4).AsByte() & nibble));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes256 AddBytes(Bytes256 left, Bytes256 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes256 AddWords(Bytes256 left, Bytes256 right) => new((left._value.AsUInt16() + right._value.AsUInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bytes256 UpperBytes(Bytes256 vector) => new((vector._value.AsUInt16() >>> 8).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Reduce(Bytes256 words, Bytes256 uppers)
    {
        Vector256<ushort> odd = uppers._value.AsUInt16();
        Vector256<ushort> even = words._value.AsUInt16() - (odd << 8);
        return Vector256.Create(even.GetLower() + even.GetUpper(), odd.GetLower() + odd.GetUpper());
    }
}
