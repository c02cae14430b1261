using System.Buffers.Binary;
using System.Collections.Immutable;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Masks;

public sealed class StatisticsCodeTests
{
    private static readonly FixedNetwork Network = new(Plans.Parse("conv24-norm-relu-conv40-norm-relu-average/1x4x4-4"), 42);

    private static ImmutableArray<int> Groups => Network.Plan.Normalized;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1e-3)]
    [InlineData(3, 30)]
    public void Given_statistics_when_rounded_then_they_are_near_and_stay_as_they_are(int seed, double scale)
    {
        float[] running = Running(seed, scale);

        ChannelStatistics rounded = ChannelStatistics.Of(running, Network.Plan)!;

        for (int n = 0; n < 64; n++)
        {
            double variance = running[64 + n], deviation = Math.Sqrt(variance + 1e-5);
            Assert.InRange(Math.Abs(Math.Log2(((double)rounded.Variances[n] + 1e-5) / (variance + 1e-5))), 0, 0.04);
            Assert.InRange(Math.Abs((double)rounded.Means[n] - running[n]) / deviation, 0, 0.04);
        }

        byte[] code = StatisticsCode.Write(rounded, Groups)!;
        Assert.Equal(StatisticsCode.Size(Groups), code.Length);
        Assert.Equal(rounded, StatisticsCode.Read(code, Groups));
        Assert.Equal(rounded, StatisticsCode.Round(rounded, Groups));
    }

    [Fact]
    public void Given_channels_without_variance_when_rounded_then_they_have_none_and_take_no_steps_from_others()
    {
        float[] running = Running(4, 1);
        for (int n = 0; n < 8; n++) (running[n], running[64 + n]) = (0, 0);

        ChannelStatistics rounded = ChannelStatistics.Of(running, Network.Plan)!;

        Assert.All(rounded.Variances.Take(8), variance => Assert.Equal(Half.Zero, variance));
        Assert.All(Enumerable.Range(8, 16), n => Assert.Equal(running[64 + n], (double)rounded.Variances[n], 0.03 * running[64 + n]));
        Assert.NotNull(StatisticsCode.Write(rounded, Groups));
    }

    [Fact]
    public void Given_extreme_statistics_when_rounded_then_they_are_finite()
    {
        float[] running = [.. Enumerable.Range(0, 128).Select(n => n < 64 ? (n % 2 == 0 ? 1 : -1) * 1e9f : n % 3 == 0 ? 0 : 1e9f)];

        ChannelStatistics rounded = ChannelStatistics.Of(running, Network.Plan)!;

        Assert.All(rounded.Means, mean => Assert.True(Half.IsFinite(mean)));
        Assert.Equal(rounded, StatisticsCode.Round(rounded, Groups));
    }

    // The formula of docs/formats.md, in the library's own powers.
    [Fact]
    public void Given_a_code_when_read_then_values_are_those_of_the_documented_formula()
    {
        byte[] code = new byte[StatisticsCode.Size(Groups)];
        (code[0], code[3]) = (4, 5);
        BinaryPrimitives.WriteInt16LittleEndian(code.AsSpan(1), -37);
        BinaryPrimitives.WriteInt16LittleEndian(code.AsSpan(4), -60);
        for (int n = 0; n < 24; n++) (code[6 + n], code[30 + n]) = ((byte)(9 * n), (byte)(5 * n));

        ChannelStatistics read = StatisticsCode.Read(code, Groups);

        for (int n = 0; n < 24; n++)
        {
            Half variance = n == 0 ? Half.Zero : (Half)(Math.Pow(2, (-37 + (9 * n) - 1) / 16.0) - Math.Pow(2, -16));
            Assert.Equal(variance, read.Variances[n]);
            Assert.Equal((Half)((-60 + (5 * n)) / 32.0 * Math.Sqrt((double)variance + 1e-5)), read.Means[n]);
        }
    }

    [Fact]
    public void Given_rounded_statistics_when_a_mask_is_written_then_a_channel_takes_two_bytes_and_others_four()
    {
        byte[] bits = new byte[Network.Shape.PackedBytes];
        TaskMask bytes = new(Network.Shape, bits, ChannelStatistics.Of(Running(5, 1), Network.Plan));
        TaskMask halves = new(Network.Shape, bits, ChannelStatistics.Of(Running(5, 1)));

        (byte[] small, byte[] large) = (MaskFile.Write(Network, bytes), MaskFile.Write(Network, halves));

        Assert.Equal((2 * 64) - (2 * 6), large.Length - small.Length);
        Assert.Equal(bytes.Statistics, MaskFile.Read(Network, small, "small").Statistics);
        Assert.Equal(halves.Statistics, MaskFile.Read(Network, large, "large").Statistics);
        Assert.Equal(small.Length, MaskFile.Size(Network, bytes, MaskEncoding.Sparse));
    }

    [Fact]
    public void Given_steps_that_no_writer_makes_when_read_then_the_error_names_them()
    {
        byte[] code = new byte[StatisticsCode.Size(Groups)];
        code[3] = 99;

        var error = Assert.Throws<ArgumentException>(() => StatisticsCode.Read(code, Groups));

        Assert.Contains("99 binary places", error.Message, StringComparison.Ordinal);
    }

    // 64 means about 0, then 64 variances of which the largest is some 20 times the least.
    private static float[] Running(int seed, double scale) =>
    [
        .. RandomData.Floats(64, seed).Select(value => (float)(value * Math.Sqrt(scale))),
        .. RandomData.Floats(64, seed + 10).Select(value => (float)(scale * Math.Pow(20, value / 2))),
    ];
}
