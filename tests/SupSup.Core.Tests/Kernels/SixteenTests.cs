using CsCheck;
using SupSup.Core.Kernels;

namespace SupSup.Core.Tests.Kernels;

public sealed unsafe class SixteenTests
{
    [Fact]
    public void Given_any_values_when_summed_over_sixteen_lanes_then_every_width_gives_the_bits_of_the_plain_sum_in_that_order() =>
        Gen.Int[0, 40].SelectMany(rows => Gen.Float[-1, 1].Array[16 * rows]).Sample(values =>
        {
            float[] expected = [Plain(values)];
            Bits.AssertSame(expected, [Sum<Float512>(values)], "512");
            Bits.AssertSame(expected, [Sum<Float256>(values)], "256");
            Bits.AssertSame(expected, [Sum<Float128>(values)], "128");
        });

    private static float Plain(float[] values)
    {
        float[] lanes = new float[16];
        for (int n = 0; n < values.Length; n++) lanes[n % 16] += values[n];
        for (int apart = 8; apart > 0; apart /= 2)
            for (int lane = 0; lane < apart; lane++) lanes[lane] += lanes[lane + apart];
        return lanes[0];
    }

    private static float Sum<T>(float[] values)
        where T : unmanaged, IFloatVector<T>
    {
        float* scratch = stackalloc float[16];
        Sixteen<T> lanes = default;
        fixed (float* v = values)
            for (int n = 0; n < values.Length; n += 16) lanes.Add(v + n);
        return lanes.Sum(scratch);
    }
}
