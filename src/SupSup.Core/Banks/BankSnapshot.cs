using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>What a bank held at one moment. Stays as it is while the bank goes on, so a query runs over one set of masks.</summary>
public sealed class BankSnapshot
{
    internal BankSnapshot(FixedNetwork network, BlockLayout layout, BankSigns signs, ImmutableArray<MaskBlock> blocks,
        ImmutableArray<int> lanes, ImmutableArray<int> slots, int count)
    {
        (Network, Layout, Signs, Blocks, Lanes, Slots, Count) = (network, layout, signs, blocks, lanes, slots, count);
    }

    /// <summary>The network of the masks.</summary>
    public FixedNetwork Network { get; }

    /// <summary>Number of masks.</summary>
    public int Count { get; }

    /// <summary>The mask of a slot, as it was put.</summary>
    /// <param name="slot">A slot that is filled.</param>
    /// <exception cref="ArgumentException">The slot is empty.</exception>
    public TaskMask this[int slot]
    {
        get
        {
            int lane = Lane(slot);
            return Blocks[lane / BlockLayout.Lanes].Read(lane % BlockLayout.Lanes, Network);
        }
    }

    /// <summary>For each weight, how many of some masks keep it: what their superposition needs.</summary>
    /// <param name="slots">The masks' slots, each once.</param>
    /// <exception cref="ArgumentException">A slot is empty.</exception>
    public MaskCounts Superimpose(ImmutableArray<int> slots)
    {
        MaskCounts counts = new(Network.Shape);
        counts.Add(slots.Length, BlockCounts.Of(this, slots));
        return counts;
    }

    internal BlockLayout Layout { get; }

    /// <summary>What a block would hold for a mask that keeps nothing.</summary>
    internal BankSigns Signs { get; }

    internal ImmutableArray<MaskBlock> Blocks { get; }

    /// <summary>The slot of each lane, -1 where it is free.</summary>
    internal ImmutableArray<int> Slots { get; }

    /// <summary>The lane of each slot, -1 where it is empty; slots beyond are empty.</summary>
    internal ImmutableArray<int> Lanes { get; }

    /// <summary>Whether a slot holds a mask.</summary>
    /// <param name="slot">Slot, not negative.</param>
    public bool Contains(int slot) => slot >= 0 && slot < Lanes.Length && Lanes[slot] >= 0;

    internal int Lane(int slot) =>
        Contains(slot) ? Lanes[slot] : throw new ArgumentException($"slot {slot} of the mask bank is empty");
}
