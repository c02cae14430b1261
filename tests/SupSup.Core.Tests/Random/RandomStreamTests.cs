using CsCheck;
using SupSup.Core.Random;

namespace SupSup.Core.Tests.Random;

public sealed class RandomStreamTests
{
    private const ulong Seed = 0x1234_5678_9abc_def0;

    [Fact]
    public void Given_a_stream_when_drawn_then_words_come_block_by_block_in_the_documented_order()
    {
        var stream = new RandomStream(Seed, StreamPurpose.BatchOrder, lane: 7);

        for (uint block = 0; block < 3; block++)
        {
            PhiloxBlock words = Philox4x32.Block(new PhiloxBlock(block, 0, 7, 4), Seed);
            Assert.Equal(words.X0, stream.NextUInt32());
            Assert.Equal(words.X1, stream.NextUInt32());
            Assert.Equal(words.X2, stream.NextUInt32());
            Assert.Equal(words.X3, stream.NextUInt32());
        }
    }

    [Fact]
    public void Given_a_stream_when_64_bits_or_a_float_are_drawn_then_they_are_made_of_the_next_words()
    {
        PhiloxBlock words = Philox4x32.Block(new PhiloxBlock(0, 0, 0, 2), Seed);
        var stream = new RandomStream(Seed, StreamPurpose.TaskSeed);

        Assert.Equal(words.X0 | (ulong)words.X1 << 32, stream.NextUInt64());
        Assert.Equal((float)((words.X2 >> 8) / 16777216.0), stream.NextSingle());
    }

    [Fact]
    public void Given_many_floats_when_drawn_then_they_lie_in_the_half_open_unit_interval_and_spread()
    {
        var stream = new RandomStream(Seed, StreamPurpose.InitialScores);
        float[] values = [.. Enumerable.Range(0, 10_000).Select(_ => stream.NextSingle())];

        Assert.All(values, value => Assert.InRange(value, 0f, MathF.BitDecrement(1)));
        Assert.Equal(0.5, values.Average(), 0.02);
        Assert.InRange(values.Max(), 0.99f, 1f);
        Assert.InRange(values.Min(), 0f, 0.01f);
    }

    [Fact]
    public void Given_the_purposes_when_numbered_then_the_numbers_are_those_of_the_contract()
    {
        (StreamPurpose, int)[] contract =
        [
            (StreamPurpose.WeightSigns, 1), (StreamPurpose.TaskSeed, 2), (StreamPurpose.InitialScores, 3),
            (StreamPurpose.BatchOrder, 4), (StreamPurpose.PixelPermutation, 5), (StreamPurpose.DataSplit, 6), (StreamPurpose.Validation, 7),
            (StreamPurpose.Augmentation, 8), (StreamPurpose.RotatedClasses, 9), (StreamPurpose.Recovery, 10),
            (StreamPurpose.RealWeights, 100), (StreamPurpose.MemberSigns, 101), (StreamPurpose.Rotation, 102),
            (StreamPurpose.TestOrder, 103), (StreamPurpose.Patterns, 104),
        ];

        Assert.Equal(contract, Enum.GetValues<StreamPurpose>().Select(purpose => (purpose, (int)purpose)));
    }

    [Fact]
    public void Given_one_seed_when_purposes_and_lanes_differ_then_the_streams_share_no_pair_of_words()
    {
        var seen = new HashSet<ulong>();
        int drawn = 0;

        foreach (StreamPurpose purpose in Enum.GetValues<StreamPurpose>())
        {
            for (int lane = 0; lane < 40; lane++)
            {
                var stream = new RandomStream(Seed, purpose, lane);
                for (int i = 0; i < 50; i++, drawn++)
                    seen.Add(stream.NextUInt64());
            }
        }

        Assert.Equal(Enum.GetValues<StreamPurpose>().Length * 40 * 50, drawn);
        Assert.Equal(drawn, seen.Count);
    }

    [Fact]
    public void Given_a_negative_lane_when_constructed_then_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomStream(1, StreamPurpose.TaskSeed, -1));

    [Fact]
    public void Given_any_seed_and_count_when_permuted_then_every_element_appears_once() =>
        Gen.Select(Gen.ULong, Gen.Int[0, 300]).Sample((seed, count) =>
        {
            int[] permutation = new RandomStream(seed, StreamPurpose.PixelPermutation).NextPermutation(count);
            Assert.Equal(Enumerable.Range(0, count), permutation.Order());
        });

    [Fact]
    public void Given_three_elements_when_permuted_often_then_all_six_orders_are_as_frequent()
    {
        var stream = new RandomStream(Seed, StreamPurpose.PixelPermutation);
        Dictionary<string, int> orders = Enumerable.Range(0, 6000)
            .Select(_ => string.Concat(stream.NextPermutation(3)))
            .CountBy(order => order)
            .ToDictionary();

        Assert.Equal(6, orders.Count);
        Assert.All(orders.Values, count => Assert.InRange(count, 880, 1120)); // 1000 ± 4 standard deviations
    }

    [Fact]
    public void Given_any_bound_when_integers_are_drawn_then_they_stay_below_it() =>
        Gen.Select(Gen.ULong, Gen.OneOf(Gen.Int[1, 300], Gen.Int[1, int.MaxValue])).Sample((seed, bound) =>
        {
            var stream = new RandomStream(seed, StreamPurpose.BatchOrder);
            for (int i = 0; i < 50; i++)
                Assert.InRange(stream.NextInt32(bound), 0, bound - 1);
        });

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(10)]
    public void Given_a_small_bound_when_drawn_often_then_every_value_is_as_frequent(int bound)
    {
        var stream = new RandomStream(Seed, StreamPurpose.BatchOrder);
        int[] counts = new int[bound];
        const int draws = 70_000;

        for (int i = 0; i < draws; i++)
            counts[stream.NextInt32(bound)]++;

        double expected = (double)draws / bound;
        double chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.InRange(chiSquare, 0, 28); // 0.999 quantile for 9 degrees of freedom: 27.9
    }

    [Fact]
    public void Given_a_bound_that_does_not_divide_2_to_32_when_drawn_often_then_there_is_no_bias()
    {
        // A plain multiply-and-shift gives residues 0 and 1 modulo 3 three words each and residue 2 two of every 8.
        const int bound = 3 << 29;
        var stream = new RandomStream(Seed, StreamPurpose.BatchOrder);

        int multiplesOfThree = Enumerable.Range(0, 30_000).Count(_ => stream.NextInt32(bound) % 3 == 0);

        Assert.InRange(multiplesOfThree, 9_600, 10_400);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Given_no_room_below_the_bound_when_drawn_then_refused(int bound) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomStream(1, StreamPurpose.BatchOrder).NextInt32(bound));
}
