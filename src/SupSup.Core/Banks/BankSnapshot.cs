using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>What a bank held at one moment. Stays as it is while the bank goes on, so a query runs over one set of masks.</summary>
public sealed class BankSnapshot : IBankSnapshot
{
    internal BankSnapshot(FixedNetwork network, BlockLayout layout, BankSigns signs, ImmutableArray<MaskBlock> blocks,
        ImmutableArray<int> lanes, ImmutableArray<int> slots, int count)
    {
        (Network, Layout, Signs, Blocks, Lanes, Slots, Count) = (network, layout, signs, blocks, lanes, slots, count);
    }

    /// <inheritdoc/>
    public FixedNetwork Network { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public TaskMask this[int slot]
    {
        get
        {
            int lane = Lane(slot);
            return Blocks[lane / BlockLayout.Lanes].Read(lane % BlockLayout.Lanes, Network);
        }
    }

    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public bool Contains(int slot) => slot >= 0 && slot < Lanes.Length && Lanes[slot] >= 0;

    internal int Lane(int slot) =>
        Contains(slot) ? Lanes[slot] : throw new ArgumentException($"slot {slot} of the mask bank is empty");
}
