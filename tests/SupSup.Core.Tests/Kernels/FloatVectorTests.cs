using CsCheck;
using SupSup.Core.Kernels;

namespace SupSup.Core.Tests.Kernels;

/// <summary>Registers of every width against plain code, lane by lane; where the processor lacks a width the
/// runtime makes it of narrower ones.</summary>
public sealed unsafe class FloatVectorTests
{
    private const int Length = 32;

    private static readonly Gen<float> Value = Gen.OneOf(
        Gen.Float,
        Gen.Float[-2, 2],
        Gen.OneOf(-0f, 0f, float.NaN, float.Epsilon, -float.Epsilon, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity));

    private interface IOperation
    {
        static abstract T Of<T>(T a, T b, T c)
            where T : unmanaged, IFloatVector<T>;
    }

    [Fact]
    public void Given_any_values_when_added_then_each_lane_is_the_plain_sum() => Check<Add>((a, b, _) => a + b);

    [Fact]
    public void Given_any_values_when_subtracted_then_each_lane_is_the_plain_difference() => Check<Subtract>((a, b, _) => a - b);

    [Fact]
    public void Given_any_values_when_multiplied_then_each_lane_is_the_plain_product() => Check<Multiply>((a, b, _) => a * b);

    [Fact]
    public void Given_any_values_when_divided_then_each_lane_is_the_plain_quotient() => Check<Divide>((a, b, _) => a / b);

    [Fact]
    public void Given_any_values_when_multiplied_and_added_then_each_lane_is_rounded_once() => Check<MultiplyAdd>(MathF.FusedMultiplyAdd);

    [Fact]
    public void Given_any_values_when_the_root_is_taken_then_each_lane_is_the_plain_root() => Check<Sqrt>((a, _, _) => MathF.Sqrt(a));

    [Fact]
    public void Given_any_values_when_the_larger_is_taken_then_each_lane_is_the_plain_maximum() => Check<Max>((a, b, _) => MathF.Max(a, b));

    [Fact]
    public void Given_conditions_when_kept_where_not_negative_then_both_zeros_keep_and_nan_does_not() =>
        Check<WhereNotNegative>((a, b, _) => a >= 0 ? b : 0);

    [Fact]
    public void Given_conditions_when_kept_where_positive_then_neither_zero_nor_nan_keeps() =>
        Check<WherePositive>((a, b, _) => a > 0 ? b : 0);

    [Fact]
    public void Given_a_value_when_created_then_every_lane_has_it() =>
        Value.Sample(value =>
        {
            float[] expected = [.. Enumerable.Repeat(value, 16)];
            Bits.AssertSame(expected, Create<Float512>(value), "512");
            Bits.AssertSame(expected, Create<Float256>(value), "256");
            Bits.AssertSame(expected, Create<Float128>(value), "128");
            Bits.AssertSame(expected, Create<Float32>(value), "32");
        });

    [Fact]
    public void Given_bits_when_values_are_kept_where_they_are_set_then_those_of_the_lane_count_and_the_others_give_zero() =>
        Gen.Select(Gen.UInt, Value.Array[16]).Sample((bits, values) =>
        {
            float[] expected = [.. values.Select((value, lane) => (bits >> lane & 1) != 0 ? value : 0)];
            Bits.AssertSame(expected, Where<Float512>(bits, values), "512");
            Bits.AssertSame(expected, Where<Float256>(bits, values), "256");
            Bits.AssertSame(expected, Where<Float128>(bits, values), "128");
            Bits.AssertSame(expected, Where<Float32>(bits, values), "32");
        });

    [Fact]
    public void Given_values_some_of_them_equal_when_compared_then_bits_are_set_where_they_differ_and_at_nan() =>
        Gen.Select(Value.Array[16], Value.Array[16], Gen.UInt).Sample((left, right, equal) =>
        {
            uint expected = 0;
            for (int lane = 0; lane < 16; lane++)
            {
                if ((equal >> lane & 1) != 0) right[lane] = left[lane];
                expected |= left[lane] == right[lane] ? 0 : 1u << lane;
            }

            Assert.Equal(expected, Differ<Float512>(left, right));
            Assert.Equal(expected, Differ<Float256>(left, right));
            Assert.Equal(expected, Differ<Float128>(left, right));
            Assert.Equal(expected, Differ<Float32>(left, right));
        });

    [Fact]
    public void Given_numbers_from_minus_87_to_0_when_e_is_raised_to_them_then_the_relative_error_is_below_3e7_and_all_widths_agree()
    {
        float[] powers = [.. Enumerable.Range(0, 1 << 16).Select(n => -87f * n / ((1 << 16) - 1)), .. RandomData.Floats(1 << 12, 1)
            .Select(value => -MathF.Abs(value))];

        float[] exponentials = Map<Float512, Exp>(powers);

        Bits.AssertSame(exponentials, Map<Float256, Exp>(powers), "256");
        Bits.AssertSame(exponentials, Map<Float128, Exp>(powers), "128");
        Bits.AssertSame(exponentials, Map<Float32, Exp>(powers), "32");
        Assert.Equal(1, exponentials[0]);
        for (int n = 0; n < powers.Length; n++)
        {
            double error = Math.Abs((exponentials[n] / Math.Exp(powers[n])) - 1);
            if (!(error < 3e-7)) Assert.Fail($"exp({powers[n]:R}) = {exponentials[n]:R}, relative error {error}");
        }
    }

    [Theory]
    [InlineData(-87.001f)]
    [InlineData(-104f)]
    [InlineData(-1e30f)]
    [InlineData(float.NegativeInfinity)]
    public void Given_numbers_below_minus_87_when_e_is_raised_to_them_then_they_count_as_minus_87(float power)
    {
        float[] expected = Map<Float32, Exp>([.. Enumerable.Repeat(-87f, 16)]);
        float[] powers = [.. Enumerable.Repeat(power, 16)];

        Bits.AssertSame(expected, Map<Float512, Exp>(powers), "512");
        Bits.AssertSame(expected, Map<Float256, Exp>(powers), "256");
        Bits.AssertSame(expected, Map<Float128, Exp>(powers), "128");
        Bits.AssertSame(expected, Map<Float32, Exp>(powers), "32");
    }

    private static void Check<TOperation>(Func<float, float, float, float> expected)
        where TOperation : IOperation =>
        Gen.Select(Value.Array[Length], Value.Array[Length], Value.Array[Length]).Sample(
            (a, b, c) =>
            {
                float[] wanted = [.. a.Select((value, n) => expected(value, b[n], c[n]))];
                Bits.AssertSame(wanted, Map<Float512, TOperation>(a, b, c), "512");
                Bits.AssertSame(wanted, Map<Float256, TOperation>(a, b, c), "256");
                Bits.AssertSame(wanted, Map<Float128, TOperation>(a, b, c), "128");
                Bits.AssertSame(wanted, Map<Float32, TOperation>(a, b, c), "32");
            },
            iter: 200);

    private static float[] Map<T, TOperation>(float[] a, float[]? b = null, float[]? c = null)
        where T : unmanaged, IFloatVector<T>
        where TOperation : IOperation
    {
        float[] result = new float[a.Length];
        fixed (float* x = a, y = b ?? a, z = c ?? a, r = result)
            for (int n = 0; n < a.Length; n += T.Count) T.Store(TOperation.Of(T.Load(x + n), T.Load(y + n), T.Load(z + n)), r + n);
        return result;
    }

    private static float[] Create<T>(float value)
        where T : unmanaged, IFloatVector<T>
    {
        float[] result = new float[16];
        fixed (float* r = result)
            for (int n = 0; n < 16; n += T.Count) T.Store(T.Create(value), r + n);
        return result;
    }

    // As kernels do: a lane's bits are those from the register's first lane on.
    private static float[] Where<T>(uint bits, float[] values)
        where T : unmanaged, IFloatVector<T>
    {
        float[] result = new float[16];
        fixed (float* v = values, r = result)
            for (int n = 0; n < 16; n += T.Count) T.Store(T.Where(bits >> n, T.Load(v + n)), r + n);
        return result;
    }

    private static uint Differ<T>(float[] left, float[] right)
        where T : unmanaged, IFloatVector<T>
    {
        uint result = 0;
        fixed (float* l = left, r = right)
            for (int n = 0; n < 16; n += T.Count) result |= T.Differ(T.Load(l + n), T.Load(r + n)) << n;
        return result;
    }

    private readonly struct Add : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IFloatVector<T> => a + b;
    }

    private readonly struct Subtract : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IFloatVector<T> => a - b;
    }

    private readonly struct Multiply : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IFloatVector<T> => a * b;
    }

    private readonly struct Divide : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IFloatVector<T> => a / b;
    }

    private readonly struct MultiplyAdd : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IFloatVector<T> => T.MultiplyAdd(a, b, c);
    }

    private readonly struct Sqrt : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IFloatVector<T> => T.Sqrt(a);
    }

    private readonly struct Max : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IFloatVector<T> => T.Max(a, b);
    }

    private readonly struct WhereNotNegative : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IFloatVector<T> => T.WhereNotNegative(a, b);
    }

    private readonly struct WherePositive : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IFloatVector<T> => T.WherePositive(a, b);
    }

    private readonly struct Exp : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IFloatVector<T> => T.ExpOfNegative(a);
    }
}
