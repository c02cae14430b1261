using System.Buffers.Binary;
using System.IO.Hashing;
using CsCheck;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Masks;

public sealed class MaskFileTests
{
    private const string Name = "photos/12";
    private const int Table = 28;
    private const int TableEntry = 16;
    private const int Bits = Table + 2 * TableEntry;

    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(7, [5], 3), 42);

    private static byte[] Golden => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Masks", "golden-v1.supmask"));

    [Fact]
    public void Given_any_network_and_mask_when_written_and_read_then_the_mask_is_the_same() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40].Array[0, 3], Gen.Int[2, 40], Gen.ULong, Gen.Int)
            .Sample((inputs, hidden, outputs, seed, maskSeed) =>
            {
                var network = new FixedNetwork(NetworkPlan.Dense(inputs, hidden, outputs), seed);
                TaskMask mask = RandomData.Mask(network.Shape, maskSeed);

                byte[] file = MaskFile.Write(network, mask);

                Assert.Equal(MaskFile.Size(network.Shape), file.Length);
                Assert.Equal(mask.Bits.ToArray(), MaskFile.Read(network, file, Name).Bits.ToArray());
            });

    [Fact]
    public void Given_the_golden_file_when_read_then_it_holds_the_mask_it_was_made_of()
    {
        TaskMask mask = MaskFile.Read(Network, Golden, Name);

        for (int l = 0; l < 2; l++)
        {
            int columns = Network.Shape.Layers[l].FanIn;
            for (int n = 0; n < Network.Shape.Layers[l].Count; n++)
                Assert.Equal(n % 3 == l, mask[l, n / columns, n % columns]);
        }
    }

    [Fact]
    public void Given_the_golden_mask_when_written_then_the_bytes_are_the_golden_ones()
    {
        var mask = new TaskMask(Network.Shape, [0x49, 0x92, 0x24, 0x49, 0x02, 0x92, 0x24]);

        byte[] file = MaskFile.Write(Network, mask);

        Assert.Equal(Golden, file);
        Assert.Equal(Convert.ToHexStringLower(Golden[^16..]), MaskFile.Checksum(file));
    }

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
    public void Given_a_file_when_cut_off_anywhere_then_it_is_refused_by_name()
    {
        for (int length = 0; length < Golden.Length; length++)
            AssertRefused(Golden[..length], "damaged");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    public void Given_a_file_with_a_byte_after_its_end_when_read_then_it_is_refused_by_name(byte value) =>
        AssertRefused([.. Golden, value], "damaged");

    [Fact]
    public void Given_a_file_of_another_seed_or_shape_when_read_then_the_message_says_another_network()
    {
        FixedNetwork[] others = [new(Network.Plan, 43), new(NetworkPlan.Dense(5, [7], 3), 42), new(NetworkPlan.Dense(70, [50], 30), 42)];
        foreach (FixedNetwork other in others)
            AssertRefused(
                MaskFile.Write(other, RandomData.Mask(other.Shape, 1)), "belongs to another network than 7-5-3 with seed 42");
    }

    // What no accident makes, but a faulty writer could: contents that are wrong under a checksum that is right.
    [Theory]
    [InlineData(8, 3, "format version 3")]
    [InlineData(8, 0, "format version 0")]
    [InlineData(10, 3, "3 layers")]
    [InlineData(Table, 6, "layer 0")]
    [InlineData(Table + 4, 8, "layer 0")]
    [InlineData(Table + 8, 13, "layer 0")]
    [InlineData(Table + 12, 1, "encoding 1")]
    [InlineData(Table + TableEntry + 8, 4, "layer 1")]
    [InlineData(Bits + 4, 0x0a, "padding bits of layer 0")]
    [InlineData(Bits + 6, 0xa4, "padding bits of layer 1")]
    public void Given_wrong_contents_under_a_right_checksum_when_read_then_the_message_names_them(int at, byte value, string problem)
    {
        byte[] file = Golden;
        Assert.NotEqual(value, file[at]);
        file[at] = value;

        AssertRefused(Signed(file), problem);
    }

    [Fact]
    public void Given_a_byte_too_many_or_too_few_under_a_right_checksum_when_read_then_it_is_refused_by_name()
    {
        AssertRefused(Signed([.. Golden, 0]), "84 bytes");
        AssertRefused(Signed(Golden[..^1]), "82 bytes");
    }

    [Fact]
    public void Given_a_mask_of_another_shape_when_written_then_the_error_names_both_shapes()
    {
        var other = NetworkPlan.Dense(5, [7], 3).Shape;

        var error = Assert.Throws<ArgumentException>(() => MaskFile.Write(Network, RandomData.Mask(other, 1)));

        Assert.Contains("7x5 3x7", error.Message, StringComparison.Ordinal);
        Assert.Contains("5x7 3x5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_the_network_of_the_2500_tasks_when_sized_then_a_file_is_its_bits_and_under_2_percent_more()
    {
        int size = MaskFile.Size(NetworkPlan.Dense(784, [300, 100], 500).Shape);

        Assert.InRange(size, 39_400, 39_400 * 1.02);
    }

    private static void AssertRefused(byte[] file, string problem)
    {
        var error = Assert.Throws<MaskFileException>(() => MaskFile.Read(Network, file, Name));
        Assert.Contains(Name, error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static byte[] Signed(byte[] file)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(file.AsSpan(^16), XxHash128.HashToUInt128(file.AsSpan(0, file.Length - 16)));
        return file;
    }
}
