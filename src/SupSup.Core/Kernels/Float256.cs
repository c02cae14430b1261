using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SupSup.Core.Kernels;

/// <summary>8 floats.</summary>
internal readonly unsafe struct Float256(Vector256<float> value) : IFloatVector<Float256>
{
    private readonly Vector256<float> _value = value;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator +(Float256 left, Float256 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator -(Float256 left, Float256 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator *(Float256 left, Float256 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator /(Float256 left, Float256 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Create(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float256 vector, float* target) => vector._value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 MultiplyAdd(Float256 left, Float256 right, Float256 addend) =>
        new(Vector256.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Sqrt(Float256 vector) => new(Vector256.Sqrt(vector._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Max(Float256 left, Float256 right) => new(Vector256.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 WhereNotNegative(Float256 condition, Float256 values) =>
        new(Vector256.ConditionalSelect(
            Vector256.GreaterThanOrEqual(condition._value, Vector256<float>.Zero), values._value, Vector256<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 WherePositive(Float256 condition, Float256 values) =>
        new(Vector256.ConditionalSelect(
            Vector256.GreaterThan(condition._value, Vector256<float>.Zero), values._value, Vector256<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Where(uint bits, Float256 values)
    {
        Vector256<int> selector = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        return new(values._value & Vector256.Equals(Vector256.Create((int)bits) & selector, selector).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Differ(Float256 left, Float256 right) =>
        (uint)Vector256.Equals(left._value, right._value).ExtractMostSignificantBits() ^ 0xFFu;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 ExpOfNegative(Float256 vector) => new(ExpOfNegative(vector._value));

    /// <summary>The same of a register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ExpOfNegative(Vector256<float> values)
    {
        // Cephes' expf: x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial for e^r, and n into the exponent bits.
        Vector256<float> x = Vector256.Max(values, Vector256.Create(ExpConstants.Smallest));
        Vector256<float> n = Vector256.Round(x * Vector256.Create(ExpConstants.Log2E));
        Vector256<float> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-ExpConstants.Ln2High), x);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-ExpConstants.Ln2Low), r);
        Vector256<float> p = Vector256.Create(ExpConstants.P0);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(ExpConstants.P1));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(ExpConstants.P2));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(ExpConstants.P3));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(ExpConstants.P4));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(ExpConstants.P5));
        p = Vector256.FusedMultiplyAdd(p, r * r, r + Vector256<float>.One);
        return (p.AsInt32() + (Vector256.ConvertToInt32(n) << 23)).AsSingle();
    }
}
