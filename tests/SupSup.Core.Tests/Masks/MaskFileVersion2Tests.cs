using CsCheck;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Masks;

public sealed class MaskFileVersion2Tests
{
    private const string Name = "photos/12";
    private const int Header = 28;

    private static readonly FixedNetwork Network = new(Plans.Parse("conv8-norm-relu-flatten-16-relu/1x4x4-4"), 42);
    private static readonly FixedNetwork LeNet = new(NetworkPlan.Dense(784, [300, 100], 500), 1);

    private static byte[] Golden => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Masks", "golden-v2.supmask"));

    [Fact]
    public void Given_any_network_and_mask_when_written_and_read_then_mask_and_checksum_are_the_same_whatever_the_encoding() =>
        Gen.Select(
                Gen.Int[1, 60], Gen.Int[1, 60].Array[0, 2], Gen.Int[2, 60], Gen.ULong,
                Gen.Double[0, 1].Array[3], Gen.Bool.Array[3], Gen.Int)
            .Sample((inputs, hidden, outputs, seed, shares, differ, maskSeed) =>
            {
                var network = new FixedNetwork(NetworkPlan.Dense(inputs, hidden, outputs), seed);
                TaskMask mask = Mask(network, maskSeed, l => differ[l], l => shares[l] * shares[l]);

                byte[] file = MaskFile.Write(network, mask, 2);

                Assert.Equal(mask.Bits.ToArray(), MaskFile.Read(network, file, Name).Bits.ToArray());
                Assert.Equal(MaskFile.Checksum(MaskFile.Write(network, mask, 1)), MaskFile.Checksum(file));
                SlowMaskFile slow = SlowMaskFile.Read(network, file);
                for (int l = 0; l < slow.Layers.Count; l++)
                    Assert.Equal(slow.Layers[l], Enumerable.Range(0, slow.Layers[l].Length).Select(n => Bit(mask, l, n)));
            });

    [Fact]
    public void Given_the_golden_file_when_read_then_it_holds_the_mask_it_was_made_of_in_all_three_encodings()
    {
        TaskMask mask = MaskFile.Read(Network, Golden, Name);

        Assert.Equal(GoldenMask().Bits.ToArray(), mask.Bits.ToArray());
        Assert.Equal(GoldenMask().Statistics, mask.Statistics);
        Assert.Equal([1, 2, 0], SlowMaskFile.Read(Network, Golden).Encodings);
    }

    [Theory, InlineData(0, MaskEncoding.Sparse), InlineData(1, MaskEncoding.Difference), InlineData(2, MaskEncoding.Bits)]
    public void Given_a_mask_that_suits_one_encoding_when_sized_in_all_then_that_is_the_shortest_and_the_files_own(
        int kind, MaskEncoding best)
    {
        TaskMask mask = Mask(LeNet, 5, _ => kind == 1, _ => kind == 2 ? 0.5 : 0.02);

        int[] sizes = [.. Enum.GetValues<MaskEncoding>().Select(encoding => MaskFile.Size(LeNet, mask, encoding))];

        Assert.Equal(best, (MaskEncoding)Array.IndexOf(sizes, sizes.Min()));
        Assert.Equal(MaskFile.Write(LeNet, mask, 2).Length, sizes.Min());
        Assert.Equal(28 + ((3 * 2) + (784 * 300) + (300 * 100) + (100 * 500) + 7) / 8 + 16, sizes[0]);
    }

    [Fact]
    public void Given_the_golden_mask_when_written_then_the_bytes_are_the_golden_ones() =>
        Assert.Equal(Golden, MaskFile.Write(Network, GoldenMask(), 2));

    [Fact]
    public void Given_a_file_when_any_byte_is_changed_in_any_way_then_it_is_refused_by_name()
    {
        byte[] file = Golden;

        for (int at = 0; at < file.Length; at++)
        {
            for (int change = 1; change < 256; change++)
            {
                byte[] damaged = [.. file];
                damaged[at] ^= (byte)change;
                AssertRefused(damaged, "");
            }
        }
    }

    [Fact]
    public void Given_a_file_when_cut_off_anywhere_or_longer_then_it_is_refused_by_name()
    {
        for (int length = 0; length < Golden.Length; length++) AssertRefused(Golden[..length], "damaged");
        AssertRefused([.. Golden, 0], "damaged");
        AssertRefused([.. Golden[..^16], 0, .. Golden[^16..]], "33 bytes follow its bits");
    }

    [Fact]
    public void Given_files_of_any_mask_when_damaged_at_random_then_none_is_read_as_another_mask() =>
        Gen.Select(
                Gen.Int[1, 200], Gen.Int[1, 60], Gen.Double[0, 0.6], Gen.Bool, Gen.Int,
                Gen.Select(Gen.Int[0, 10_000], Gen.Byte).Array[1, 4])
            .Sample((inputs, outputs, share, differs, seed, changes) =>
            {
                var network = new FixedNetwork(NetworkPlan.Dense(inputs, [20], outputs + 1), 7);
                TaskMask mask = Mask(network, seed, _ => differs, _ => share * share);
                byte[] file = MaskFile.Write(network, mask, 2);
                foreach ((int at, byte value) in changes) file[Header + at % (file.Length - Header)] = value;

                try
                {
                    Assert.Equal(mask.Bits.ToArray(), MaskFile.Read(network, file, Name).Bits.ToArray());
                }
                catch (MaskFileException error)
                {
                    Assert.Contains(Name, error.Message, StringComparison.Ordinal);
                }
            });

    [Fact]
    public void Given_a_right_header_and_then_anything_when_read_then_it_is_refused() =>
        Gen.Byte.Array[0, 400].Sample(rest => AssertRefused([.. Golden[..Header], .. rest], "damaged"));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(32)]
    public void Given_sparse_masks_of_a_residual_network_when_written_then_they_take_3_percent_more_than_their_entropy_at_most(int k)
    {
        FixedNetwork network = new(Plans.Parse("resnet18-20/3x32x32-5"), 1);
        TaskMask mask = SparseMask(network, k);
        double entropy = network.Shape.Layers
            .Select((layer, l) => layer.Count * Entropy((double)mask.CountOnes(l) / layer.Count) / 8).Sum();

        byte[] file = MaskFile.Write(network, mask);

        Assert.InRange(file.Length - StatisticsCode.Size(network.Plan.Normalized), entropy, 1.03 * entropy);
        Assert.Equal(mask.Bits.ToArray(), MaskFile.Read(network, file, Name).Bits.ToArray());
    }

    // Weights cross the threshold as those of trained masks do: the nearer to it they start, the more, and in some columns only.
    [Fact]
    public void Given_a_mask_near_the_shared_initial_scores_when_written_then_it_takes_little_more_than_what_the_scores_leave_open()
    {
        byte[] bits = new byte[LeNet.Shape.PackedBytes];
        System.Random random = new(3);
        (int start, double open) = (0, 0);
        for (int l = 0; l < 3; l++)
        {
            LayerShape shape = LeNet.Shape.Layers[l];
            float[] scores = new float[shape.Count];
            InitialScores.Fill(shape, l, LeNet.Seed, scores);
            for (int n = 0; n < scores.Length; n++)
            {
                double nearness = 1 - Math.Abs(scores[n]) * Math.Sqrt(shape.FanIn);
                double crosses = n % shape.FanIn % 2 * Math.Pow(nearness, 4) / 2;
                open += Entropy(crosses) / 8;
                if (scores[n] >= 0 != random.NextDouble() < crosses) bits[start + n / 8] |= (byte)(1 << (n & 7));
            }

            start += shape.PackedBytes;
        }

        byte[] file = MaskFile.Write(LeNet, new TaskMask(LeNet.Shape, bits), 2);

        Assert.InRange(file.Length, open, 1.12 * open);
        Assert.Equal([2, 2, 2], SlowMaskFile.Read(LeNet, file).Encodings);
    }

    [Fact]
    public void Given_a_mask_that_has_nothing_to_do_with_the_shared_scores_when_written_then_it_stays_bits()
    {
        TaskMask mask = RandomData.Mask(LeNet.Shape, 5);

        byte[] file = MaskFile.Write(LeNet, mask, 2);

        Assert.Equal([0, 0, 0], SlowMaskFile.Read(LeNet, file).Encodings);
        Assert.InRange(file.Length, LeNet.Shape.PackedBytes, MaskFile.Size(LeNet.Shape));
    }

    [Fact]
    public void Given_a_network_that_normalises_when_written_in_version_1_then_the_error_says_to_ask_for_version_2()
    {
        var error = Assert.Throws<ArgumentException>(() => MaskFile.Write(Network, GoldenMask(), 1));

        Assert.Contains("ask for version 2", error.Message, StringComparison.Ordinal);
        Assert.Equal(Golden, MaskFile.Write(Network, GoldenMask()));
    }

    [Fact]
    public void Given_a_mask_without_the_statistics_of_its_network_when_written_then_it_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(
            () => MaskFile.Write(Network, new TaskMask(Network.Shape, GoldenMask().Bits.ToArray()), 2));

        Assert.Contains("8 channels", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Given_an_unknown_version_when_written_then_the_error_names_those_there_are(int version)
    {
        var error = Assert.Throws<ArgumentException>(() => MaskFile.Write(Network, GoldenMask(), version));

        Assert.Contains("use 1 to 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_masks_that_differ_in_statistics_only_when_written_then_their_checksums_differ()
    {
        TaskMask mask = GoldenMask(), other = new(mask.Shape, mask.Bits.ToArray(), ChannelStatistics.Of(new float[16]));

        Assert.NotEqual(MaskFile.Checksum(MaskFile.Write(Network, mask)), MaskFile.Checksum(MaskFile.Write(Network, other)));
    }

    private static void AssertRefused(byte[] file, string problem)
    {
        var error = Assert.Throws<MaskFileException>(() => MaskFile.Read(Network, file, Name));
        Assert.Contains(Name, error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    // Layer 0 keeps weights 0, 24 and 48. Layer 1 keeps what scores of 0 and above keep, but for the weights of column 0 and those
    // numbered 5, 105, 205, ..., of which it keeps the others. Layer 2 keeps weights 1, 4, 7, ...
    private static TaskMask GoldenMask()
    {
        float[] scores = new float[Network.Shape.Layers[1].Count];
        InitialScores.Fill(Network.Shape.Layers[1], 1, 42, scores);
        return TaskMask.Keeping(
            Network.Shape,
            [
                [.. Enumerable.Range(0, 72).Select(n => n % 24 == 0 ? 1f : 0)],
                [.. scores.Select((score, n) => score >= 0 != (n % 128 == 0 || n % 100 == 5) ? 1f : 0)],
                [.. Enumerable.Range(0, 64).Select(n => n % 3 == 1 ? 1f : 0)],
            ],
            ChannelStatistics.Of([.. Enumerable.Range(0, 16).Select(n => n < 8 ? n / 4f : n - 7)]));
    }

    private static TaskMask Mask(FixedNetwork network, int seed, Func<int, bool> differs, Func<int, double> share)
    {
        System.Random random = new(seed);
        float[][] scores = InitialScores.Of(network, Recipes.Get("fast"), 0);
        return TaskMask.Keeping(
            network.Shape, scores.Select((layer, l) => layer.Select(
                score => (differs(l) && score >= 0) != random.NextDouble() < share(l) ? 1f : 0).ToArray()));
    }

    private static TaskMask SparseMask(FixedNetwork network, int k)
    {
        TopKMaskRule rule = new($"er-{k}");
        return TaskMask.Keeping(
            network.Shape, InitialScores.Of(network, Recipes.Get("paper"), 11).Select((scores, l) =>
            {
                LayerShape shape = network.Shape.Layers[l];
                float[] kept = new float[scores.Length], ones = [.. Enumerable.Repeat(1f, scores.Length)];
                rule.Apply(scores, ones, rule.Threshold(shape, scores, shape.FanIn, shape.FanIn), 0, kept);
                return kept;
            }),
            ChannelStatistics.Of(new float[2 * network.Plan.NormalizedChannels]));
    }

    private static bool Bit(TaskMask mask, int layer, int n) => (mask.Layer(layer)[n >> 3] >> (n & 7) & 1) != 0;

    private static double Entropy(double share) =>
        share is 0 or 1 ? 0 : -(share * Math.Log2(share) + (1 - share) * Math.Log2(1 - share));
}
