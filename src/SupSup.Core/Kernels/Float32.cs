namespace SupSup.Core.Kernels;

/// <summary>One float: what is left over at the end of a loop.</summary>
internal readonly unsafe struct Float32(float value) : IFloatVector<Float32>
{
    private readonly float _value = value;

    public static int Count => 1;

    public static Float32 operator +(Float32 left, Float32 right) => new(left._value + right._value);

    public static Float32 operator -(Float32 left, Float32 right) => new(left._value - right._value);

    public static Float32 operator *(Float32 left, Float32 right) => new(left._value * right._value);

    public static Float32 operator /(Float32 left, Float32 right) => new(left._value / right._value);

    public static Float32 Create(float value) => new(value);

    public static Float32 Load(float* source) => new(*source);

    public static void Store(Float32 vector, float* target) => *target = vector._value;

    public static Float32 MultiplyAdd(Float32 left, Float32 right, Float32 addend) =>
        new(MathF.FusedMultiplyAdd(left._value, right._value, addend._value));

    public static Float32 Sqrt(Float32 vector) => new(MathF.Sqrt(vector._value));

    public static Float32 Max(Float32 left, Float32 right) => new(MathF.Max(left._value, right._value));

    public static Float32 WhereNotNegative(Float32 condition, Float32 values) => new(condition._value >= 0 ? values._value : 0);

    public static Float32 WherePositive(Float32 condition, Float32 values) => new(condition._value > 0 ? values._value : 0);

    public static Float32 Where(uint bits, Float32 values) => new((bits & 1) != 0 ? values._value : 0);

    public static uint Differ(Float32 left, Float32 right) => left._value == right._value ? 0u : 1u;

    public static Float32 ExpOfNegative(Float32 vector)
    {
        float x = MathF.Max(vector._value, ExpConstants.Smallest);
        float n = MathF.Round(x * ExpConstants.Log2E);
        float r = MathF.FusedMultiplyAdd(n, -ExpConstants.Ln2High, x);
        r = MathF.FusedMultiplyAdd(n, -ExpConstants.Ln2Low, r);
        float p = ExpConstants.P0;
        p = MathF.FusedMultiplyAdd(p, r, ExpConstants.P1);
        p = MathF.FusedMultiplyAdd(p, r, ExpConstants.P2);
        p = MathF.FusedMultiplyAdd(p, r, ExpConstants.P3);
        p = MathF.FusedMultiplyAdd(p, r, ExpConstants.P4);
        p = MathF.FusedMultiplyAdd(p, r, ExpConstants.P5);
        p = MathF.FusedMultiplyAdd(p, r * r, r + 1);
        return new(BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(p) + ((int)n << 23)));
    }
}
