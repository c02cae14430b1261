using System.Collections.Immutable;
using SupSup.Core.Masks;

namespace SupSup.Core.Banks;

/// <summary>
/// The next snapshot in the making. A lane that was never used is written in place: no snapshot looks at it. One that
/// an older snapshot may still be reading is written in a copy of its block.
/// </summary>
internal sealed class BankChange(BankSnapshot from)
{
    private readonly ImmutableArray<MaskBlock>.Builder _blocks = from.Blocks.ToBuilder();
    private readonly ImmutableArray<int>.Builder _lanes = from.Lanes.ToBuilder();
    private readonly ImmutableArray<int>.Builder _slots = from.Slots.ToBuilder();
    private readonly HashSet<int> _copied = [];
    private readonly Stack<int> _free =
        new(from.Count == from.Slots.Length ? [] : Enumerable.Range(0, from.Slots.Length).Where(lane => from.Slots[lane] < 0));
    private int _count = from.Count;

    public void Put(int slot, TaskMask mask)
    {
        while (_lanes.Count <= slot) _lanes.Add(-1);
        int lane = _lanes[slot];
        if (lane < 0)
        {
            lane = _free.TryPop(out int free) ? free : _slots.Count;
            if (lane == _slots.Count) _slots.Add(-1);
            if (lane / BlockLayout.Lanes == _blocks.Count)
            {
                _blocks.Add(new MaskBlock(from.Layout));
                _copied.Add(_blocks.Count - 1);
            }

            (_lanes[slot], _slots[lane]) = (lane, slot);
            _count++;
        }

        int block = lane / BlockLayout.Lanes;
        if (lane < from.Slots.Length && _copied.Add(block)) _blocks[block] = _blocks[block].Copy();
        _blocks[block].Write(lane % BlockLayout.Lanes, mask, from.Network);
    }

    public void Remove(int slot)
    {
        _slots[_lanes[slot]] = -1;
        _lanes[slot] = -1;
        _count--;
    }

    public BankSnapshot Done() =>
        new(from.Network, from.Layout, from.Signs, _blocks.ToImmutable(), _lanes.ToImmutable(), _slots.ToImmutable(), _count);
}
