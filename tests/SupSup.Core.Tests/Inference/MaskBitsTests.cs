using CsCheck;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Inference;

public sealed class MaskBitsTests
{
    public static TheoryData<int> Lengths => AwkwardLengths.All;

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Given_an_awkward_length_when_run_then_select_sum_and_accumulate_agree_with_plain_loops(int length) =>
        Gen.Select(Gen.Byte.Array[(length + 7) / 8], Gen.Float[-3, 3].Array[length]).Sample(Check, iter: 20);

    [Fact]
    public void Given_any_bits_when_run_then_select_sum_and_accumulate_agree_with_plain_loops() =>
        Gen.Int[0, 300].SelectMany(length => Gen.Select(Gen.Byte.Array[(length + 7) / 8 + 1], Gen.Float[-3, 3].Array[length]))
            .Sample(Check, iter: 500);

    // Four masks share a reading; some tiles are whole, one is not.
    [Theory]
    [InlineData(1, 8200)]
    [InlineData(4, 4096)]
    [InlineData(7, 9001)]
    [InlineData(9, 19)]
    public void Given_masks_with_coefficients_when_added_up_then_the_sums_are_those_of_a_plain_loop(int count, int weights)
    {
        NetworkShape shape = NetworkPlan.Dense(5, [3], weights).Shape;
        LayerShape layer = shape.Layers[1];
        TaskMask[] masks = RandomData.Masks(shape, count, 6);
        float[] coefficients = RandomData.Floats(count, 3);
        coefficients[count / 2] = count > 1 ? 0 : coefficients[0];
        float[] sums = [.. Enumerable.Repeat(9f, layer.Count)];

        MaskSums.Of(masks, coefficients, 1, sums);

        for (int n = 0; n < sums.Length; n++)
        {
            double sum = Enumerable.Range(0, count).Sum(i => masks[i][1, n / layer.FanIn, n % layer.FanIn] ? (double)coefficients[i] : 0);
            Assert.Equal(sum, sums[n], 1e-6 * count);
        }

        Assert.Throws<ArgumentException>(() => MaskSums.Of(masks, new float[count + 1], 1, sums));
    }

    [Fact]
    public void Given_one_bit_at_a_time_when_summed_then_exactly_its_value_is_found()
    {
        float[] values = [.. Enumerable.Range(1, 200).Select(n => (float)n)];

        for (int n = 0; n < 200; n++)
        {
            byte[] bits = new byte[25];
            bits[n / 8] = (byte)(1 << (n % 8));
            Assert.Equal(values[n], MaskBits.Sum(bits, values));
        }
    }

    [Fact]
    public void Given_values_that_are_not_finite_under_clear_bits_when_summed_or_selected_then_they_do_not_show()
    {
        float[] values = [.. Enumerable.Range(0, 130).Select(n => n % 2 == 0 ? 1f : n % 3 == 0 ? float.NaN : float.PositiveInfinity)];
        byte[] even = [.. Enumerable.Repeat((byte)0b0101_0101, 17)];
        float[] selected = new float[130];

        MaskBits.Select(even, values, selected);

        Assert.Equal(65f, MaskBits.Sum(even, values));
        Assert.Equal(Enumerable.Range(0, 130).Select(n => n % 2 == 0 ? 1f : 0f), selected);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(520)]
    public void Given_a_byte_too_few_when_run_then_the_error_names_both_lengths(int length)
    {
        byte[] bits = new byte[(length + 7) / 8 - 1];

        ArgumentException[] errors =
        [
            Assert.Throws<ArgumentException>(() => MaskBits.Select(bits, new float[length], new float[length])),
            Assert.Throws<ArgumentException>(() => MaskBits.Sum(bits, new float[length])),
            Assert.Throws<ArgumentException>(() => MaskBits.Accumulate(bits, 1, new int[length])),
        ];

        Assert.All(errors, error => Assert.Contains(
            $"{bits.Length} bytes are too few for {length} bits", error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Given_a_target_too_short_when_selected_then_refused() =>
        Assert.ThrowsAny<ArgumentException>(() => MaskBits.Select(new byte[2], new float[16], new float[15]));

    private static void Check(byte[] bits, float[] values)
    {
        int length = values.Length;
        float[] selected = [.. Enumerable.Repeat(9f, length + 9)];
        int[] counts = [.. Enumerable.Range(0, length + 9)];
        double sum = 0;
        double magnitude = 0;

        MaskBits.Select(bits, values, selected.AsSpan(1));
        MaskBits.Accumulate(bits, 3, counts.AsSpan(1, length));
        MaskBits.Accumulate(bits, -1, counts.AsSpan(1, length));

        for (int n = 0; n < length; n++)
        {
            bool set = (bits[n / 8] >> (n % 8) & 1) == 1;
            Assert.Equal(set ? values[n] : 0f, selected[n + 1]);
            Assert.Equal(n + 1 + (set ? 2 : 0), counts[n + 1]);
            sum += set ? values[n] : 0;
            magnitude += set ? Math.Abs(values[n]) : 0;
        }

        Assert.Equal(sum, MaskBits.Sum(bits, values), 1e-5 * magnitude);
        Assert.All(selected[(length + 1)..], value => Assert.Equal(9f, value));
        Assert.Equal(Enumerable.Range(length + 1, 8), counts[(length + 1)..]);
        Assert.Equal((9f, 0), (selected[0], counts[0]));
    }
}
