using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SupSup.Core.Kernels;

/// <summary>16 floats.</summary>
internal readonly unsafe struct Float512(Vector512<float> value) : IFloatVector<Float512>
{
    private readonly Vector512<float> _value = value;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator +(Float512 left, Float512 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator -(Float512 left, Float512 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator *(Float512 left, Float512 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator /(Float512 left, Float512 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float512 vector, float* target) => vector._value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 MultiplyAdd(Float512 left, Float512 right, Float512 addend) =>
        new(Vector512.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Sqrt(Float512 vector) => new(Vector512.Sqrt(vector._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Max(Float512 left, Float512 right) => new(Vector512.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 WhereNotNegative(Float512 condition, Float512 values) =>
        new(Vector512.ConditionalSelect(
            Vector512.GreaterThanOrEqual(condition._value, Vector512<float>.Zero), values._value, Vector512<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 WherePositive(Float512 condition, Float512 values) =>
        new(Vector512.ConditionalSelect(
            Vector512.GreaterThan(condition._value, Vector512<float>.Zero), values._value, Vector512<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Where(uint bits, Float512 values)
    {
        Vector512<int> selector = Vector512.Create(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
        return new(values._value & Vector512.Equals(Vector512.Create((int)bits) & selector, selector).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Differ(Float512 left, Float512 right) =>
        (uint)Vector512.Equals(left._value, right._value).ExtractMostSignificantBits() ^ 0xFFFFu;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 ExpOfNegative(Float512 vector)
    {
        // Cephes' expf: x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial for e^r, and n into the exponent bits.
        Vector512<float> x = Vector512.Max(vector._value, Vector512.Create(ExpConstants.Smallest));
        Vector512<float> n = Vector512.Round(x * Vector512.Create(ExpConstants.Log2E));
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-ExpConstants.Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-ExpConstants.Ln2Low), r);
        Vector512<float> p = Vector512.Create(ExpConstants.P0);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(ExpConstants.P1));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(ExpConstants.P2));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(ExpConstants.P3));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(ExpConstants.P4));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(ExpConstants.P5));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);
        return new((p.AsInt32() + (Vector512.ConvertToInt32(n) << 23)).AsSingle());
    }
}
