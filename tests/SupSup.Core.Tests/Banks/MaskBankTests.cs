using CsCheck;
using SupSup.Core.Banks;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Banks;

public sealed class MaskBankTests
{
    private static readonly Gen<FixedNetwork> Network = Gen.Select(
        Gen.Int[1, 20], Gen.Int[1, 20].Array[0, 3], Gen.OneOf(Gen.Int[2, 20], Gen.Int[2, 20], Gen.Const(300), Gen.Const(1030)))
        .Select((inputs, hidden, outputs) => new FixedNetwork(NetworkPlan.Dense(inputs, hidden, outputs), 5));

    private enum Kind
    {
        Put,
        PutAgain,
        PutMany,
        Remove,
    }

    public static TheoryData<string> Shapes => [.. BankData.AwkwardShapes];

    [Fact]
    public void Given_any_sequence_of_puts_and_removes_when_read_then_every_snapshot_ever_taken_holds_what_was_put_by_then() =>
        Gen.Select(Network, Gen.Select(Gen.Enum<Kind>(), Gen.Int[0, 40], Gen.Int[0, 100_000]).Array[1, 60]).Sample(
            (network, operations) =>
            {
                MaskBank bank = new(network);
                Dictionary<int, TaskMask> model = [];
                List<(BankSnapshot Snapshot, Dictionary<int, TaskMask> Model)> taken = [(bank.Snapshot, [])];
                foreach ((Kind kind, int slot, int seed) in operations)
                {
                    Apply(bank, model, kind, slot, seed);
                    AssertHolds(bank.Snapshot, model, slot);
                    if (seed % 8 == 0) taken.Add((bank.Snapshot, new(model)));
                }

                taken.Add((bank.Snapshot, model));
                foreach ((BankSnapshot snapshot, Dictionary<int, TaskMask> then) in taken)
                    for (int slot = 0; slot <= 45; slot++) AssertHolds(snapshot, then, slot);
                Assert.True(bank.Snapshot.Blocks.Length <= 3, "41 slots take three blocks at most: lanes set free are used again");
            },
            iter: 100);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Given_masks_of_awkward_shapes_when_put_and_replaced_then_they_are_read_back_as_they_were(string sizes)
    {
        FixedNetwork network = BankData.Network(sizes);
        TaskMask[] masks = RandomData.Masks(network.Shape, 18, 1);
        byte[] ones = new byte[network.Shape.PackedBytes];
        int end = 0;
        foreach (LayerShape layer in network.Shape.Layers)
        {
            Array.Fill(ones, (byte)255, end, layer.PackedBytes);
            end += layer.PackedBytes;
            if (layer.Count % 8 != 0) ones[end - 1] = (byte)((1 << (layer.Count % 8)) - 1);
        }

        masks[3] = new TaskMask(network.Shape, ones);
        masks[4] = new TaskMask(network.Shape, new byte[network.Shape.PackedBytes]);

        // All lanes held something else before.
        MaskBank bank = BankData.Bank(network, RandomData.Masks(network.Shape, 18, 2));
        for (int slot = 0; slot < masks.Length; slot++) bank.Put(slot, masks[slot]);

        for (int slot = 0; slot < masks.Length; slot++)
            Assert.True(masks[slot].Bits.Span.SequenceEqual(bank.Snapshot[slot].Bits.Span), $"slot {slot}");
    }

    [Theory]
    [InlineData(320)]
    [InlineData(336)]
    public void Given_hundreds_of_masks_of_the_papers_network_when_put_then_they_take_1_13_times_their_packed_size(int count)
    {
        FixedNetwork network = BankData.Network("784-300-100-500");
        MaskBank bank = new(network);
        Assert.Equal(0, bank.MemoryBytes);

        TaskMask mask = RandomData.Mask(network.Shape, 1);
        bank.Put([.. Enumerable.Range(0, count).Select(slot => KeyValuePair.Create(slot, mask))]);

        Assert.InRange(bank.MemoryBytes, (long)count * network.Shape.PackedBytes, (long)(1.135 * count * network.Shape.PackedBytes));
    }

    [Fact]
    public void Given_slots_far_apart_when_put_then_memory_is_taken_for_those_that_are_filled()
    {
        FixedNetwork network = BankData.Network("20-10-5");
        MaskBank dense = BankData.Bank(network, RandomData.Masks(network.Shape, 16, 1));
        MaskBank sparse = new(network);
        for (int n = 0; n < 16; n++) sparse.Put(n * 1000, RandomData.Mask(network.Shape, n));

        Assert.Equal(dense.MemoryBytes, sparse.MemoryBytes);
        Assert.Equal(16, sparse.Snapshot.Count);
    }

    [Fact]
    public void Given_puts_that_cannot_be_when_tried_then_the_error_names_the_culprit_and_nothing_has_changed()
    {
        FixedNetwork network = BankData.Network("20-10-5");
        TaskMask mask = RandomData.Mask(network.Shape, 1);
        MaskBank bank = new(network);
        bank.Put(3, mask);
        BankSnapshot before = bank.Snapshot;

        var shape = Assert.Throws<ArgumentException>(() => bank.Put([KeyValuePair.Create(3, RandomData.Mask(network.Shape, 2)),
            KeyValuePair.Create(4, RandomData.Mask(NetworkPlan.Dense(5, [10], 20).Shape, 1))]));
        var slot = Assert.ThrowsAny<ArgumentException>(() => bank.Put([KeyValuePair.Create(5, mask), KeyValuePair.Create(-1, mask)]));

        Assert.Contains("a mask of matrices 10x5 20x10 does not fit matrices 10x20 5x10", shape.Message, StringComparison.Ordinal);
        Assert.Contains("slot", slot.Message, StringComparison.Ordinal);
        Assert.Contains("-1", slot.Message, StringComparison.Ordinal);
        Assert.Same(before, bank.Snapshot);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(int.MaxValue)]
    public void Given_an_empty_slot_when_read_or_removed_then_the_read_error_names_it_and_nothing_is_removed(int slot)
    {
        FixedNetwork network = BankData.Network("20-10-5");
        MaskBank bank = new(network);
        bank.Put(3, RandomData.Mask(network.Shape, 1));
        bank.Put(4, RandomData.Mask(network.Shape, 1));
        bank.Remove(4);

        bank.Remove(slot);

        Assert.Equal(1, bank.Snapshot.Count);
        Assert.False(bank.Snapshot.Contains(slot));
        var error = Assert.Throws<ArgumentException>(() => bank.Snapshot[slot]);
        Assert.Contains($"slot {slot} of the mask bank is empty", error.Message, StringComparison.Ordinal);
    }

    private static void Apply(MaskBank bank, Dictionary<int, TaskMask> model, Kind kind, int slot, int seed)
    {
        switch (kind)
        {
            case Kind.Put:
                Put(slot, seed);
                break;
            case Kind.PutAgain when model.Count > 0:
                Put(model.Keys.ElementAt(seed % model.Count), seed);
                break;
            case Kind.PutMany:
                // Some new, some in place of others, one of them twice.
                KeyValuePair<int, TaskMask>[] many = [.. Enumerable.Range(0, (seed % 20) + 1)
                    .Select(n => KeyValuePair.Create((slot + n) % 19, RandomData.Mask(bank.Snapshot.Network.Shape, seed + n)))];
                bank.Put(many);
                foreach ((int each, TaskMask mask) in many) model[each] = mask;
                break;
            case Kind.Remove:
                bank.Remove(slot);
                model.Remove(slot);
                break;
        }

        void Put(int at, int from)
        {
            TaskMask mask = RandomData.Mask(bank.Snapshot.Network.Shape, from);
            bank.Put(at, mask);
            model[at] = mask;
        }
    }

    private static void AssertHolds(BankSnapshot snapshot, Dictionary<int, TaskMask> model, int slot)
    {
        Assert.Equal(model.Count, snapshot.Count);
        Assert.Equal(model.ContainsKey(slot), snapshot.Contains(slot));
        if (model.TryGetValue(slot, out TaskMask? mask))
            Assert.True(mask.Bits.Span.SequenceEqual(snapshot[slot].Bits.Span), $"slot {slot} holds another mask");
    }
}
