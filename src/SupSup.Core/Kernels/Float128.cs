using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SupSup.Core.Kernels;

/// <summary>4 floats.</summary>
internal readonly unsafe struct Float128(Vector128<float> value) : IFloatVector<Float128>
{
    private readonly Vector128<float> _value = value;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator +(Float128 left, Float128 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator -(Float128 left, Float128 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator *(Float128 left, Float128 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator /(Float128 left, Float128 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Create(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Load(float* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float128 vector, float* target) => vector._value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 MultiplyAdd(Float128 left, Float128 right, Float128 addend) =>
        new(Vector128.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Sqrt(Float128 vector) => new(Vector128.Sqrt(vector._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Max(Float128 left, Float128 right) => new(Vector128.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 WhereNotNegative(Float128 condition, Float128 values) =>
        new(Vector128.ConditionalSelect(
            Vector128.GreaterThanOrEqual(condition._value, Vector128<float>.Zero), values._value, Vector128<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 WherePositive(Float128 condition, Float128 values) =>
        new(Vector128.ConditionalSelect(
            Vector128.GreaterThan(condition._value, Vector128<float>.Zero), values._value, Vector128<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Where(uint bits, Float128 values)
    {
        Vector128<int> selector = Vector128.Create(1, 2, 4, 8);
        return new(values._value & Vector128.Equals(Vector128.Create((int)bits) & selector, selector).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Differ(Float128 left, Float128 right) =>
        (uint)Vector128.Equals(left._value, right._value).ExtractMostSignificantBits() ^ 0xFu;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 ExpOfNegative(Float128 vector)
    {
        // Cephes' expf: x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial for e^r, and n into the exponent bits.
        Vector128<float> x = Vector128.Max(vector._value, Vector128.Create(ExpConstants.Smallest));
        Vector128<float> n = Vector128.Round(x * Vector128.Create(ExpConstants.Log2E));
        Vector128<float> r = Vector128.FusedMultiplyAdd(n, Vector128.Create(-ExpConstants.Ln2High), x);
        r = Vector128.FusedMultiplyAdd(n, Vector128.Create(-ExpConstants.Ln2Low), r);
        Vector128<float> p = Vector128.Create(ExpConstants.P0);
        p = Vector128.FusedMultiplyAdd(p, r, Vector128.Create(ExpConstants.P1));
        p = Vector128.FusedMultiplyAdd(p, r, Vector128.Create(ExpConstants.P2));
        p = Vector128.FusedMultiplyAdd(p, r, Vector128.Create(ExpConstants.P3));
        p = Vector128.FusedMultiplyAdd(p, r, Vector128.Create(ExpConstants.P4));
        p = Vector128.FusedMultiplyAdd(p, r, Vector128.Create(ExpConstants.P5));
        p = Vector128.FusedMultiplyAdd(p, r * r, r + Vector128<float>.One);
        return new((p.AsInt32() + (Vector128.ConvertToInt32(n) << 23)).AsSingle());
    }
}
