using CsCheck;
using SupSup.Core.Masks;

namespace SupSup.Core.Tests.Masks;

public sealed class MarkCodeTests
{
    [Fact]
    public void Given_any_marks_after_any_bits_when_written_and_read_then_they_are_the_same_and_what_follows_too() =>
        Gen.Select(Gen.Int[0, 3000], Gen.Double[0, 1], Gen.Int, Gen.Int[0, 31]).Sample((length, share, seed, before) =>
        {
            int[] marks = Marks(length, share * share, seed);
            BitWriter writer = new();
            writer.Write(0, before);
            MarkCode.Write(writer, length, marks);
            writer.Write(0x5a5a5, 20);

            BitReader reader = new(writer.ToArray());
            reader.Read(before);
            int[] read = Read(ref reader, length);

            Assert.Equal(marks, read);
            Assert.Equal(0x5a5a5u, reader.Read(20));
            Assert.Equal(writer.ToArray().Length, reader.Align());
        });

    [Fact]
    public void Given_marks_when_cut_off_anywhere_then_they_are_refused() =>
        Gen.Select(Gen.Int[8, 600], Gen.Double[0, 1], Gen.Int).Sample((length, share, seed) =>
        {
            BitWriter writer = new();
            MarkCode.Write(writer, length, Marks(length, share, seed));
            byte[] all = writer.ToArray();
            for (int end = 0; end < all.Length; end++)
            {
                Assert.Throws<InvalidDataException>(() =>
                {
                    BitReader reader = new(all.AsSpan(0, end));
                    return Read(ref reader, length);
                });
            }
        });

    [Fact]
    public void Given_anything_when_read_as_marks_then_they_are_positions_in_order_or_it_is_refused() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, 2000]).Sample((bytes, length) =>
        {
            try
            {
                BitReader reader = new(bytes);
                int[] read = Read(ref reader, length);
                Assert.Equal(read.Distinct().Order(), read);
                Assert.All(read, mark => Assert.InRange(mark, 0, length - 1));
            }
            catch (InvalidDataException)
            {
            }
        });

    private static int[] Marks(int length, double share, int seed)
    {
        System.Random random = new(seed);
        return [.. Enumerable.Range(0, length).Where(_ => random.NextDouble() < share)];
    }

    private static int[] Read(ref BitReader reader, int length)
    {
        ReadOnlySpan<int> read = MarkCode.Read(ref reader, length, new int[length / 2 + 1], out bool areOthers);
        return areOthers ? MarkCode.Others(length, read) : read.ToArray();
    }
}
