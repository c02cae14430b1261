using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// Which task lives where: position p of the list of learned tasks is slot p mod 1024 of shard p / 1024, and stays empty
/// when its task is removed. Immutable, so
/// that an answer is computed over one set of tasks while others are being added.
/// </summary>
internal sealed class TaskDirectory
{
    /// <summary>Masks per shard.</summary>
    public const int ShardSize = 1024;

    /// <summary>The directory of a model that has learned nothing.</summary>
    public static readonly TaskDirectory Empty = Of(0);

    // Revisions of a model that was deleted and made anew go on above all of those before; their sums of versions stay far below.
    private const int IncarnationShift = 40;

    private readonly ImmutableList<ShardSlot> _slots;
    private readonly ImmutableDictionary<int, int> _positions;

    private TaskDirectory(ImmutableList<ShardSlot> slots, ImmutableDictionary<int, int> positions, long revision)
    {
        _slots = slots;
        _positions = positions;
        Revision = revision;
    }

    /// <summary>The incarnation of the model in its high bits, and the sum of the slots' changes: grows with every task added, replaced,
    /// renamed or removed.</summary>
    public long Revision { get; }

    /// <summary>How often a model of the name was deleted before this one was made.</summary>
    public int Incarnation => IncarnationOf(Revision);

    /// <summary>The incarnation that a revision is of.</summary>
    public static int IncarnationOf(long revision) => (int)(revision >> IncarnationShift);

    /// <summary>The directory of a model that has learned nothing, of an incarnation.</summary>
    public static TaskDirectory Of(int incarnation) => new([], ImmutableDictionary<int, int>.Empty, First(incarnation));

    private static long First(int incarnation) => (long)incarnation << IncarnationShift;

    /// <summary>Number of tasks.</summary>
    public int Count => _positions.Count;

    /// <summary>Number of positions, also of those whose tasks were removed.</summary>
    public int Positions => _slots.Count;

    /// <summary>The positions that hold tasks, ascending.</summary>
    public IEnumerable<int> Occupied => Enumerable.Range(0, Positions).Where(position => !_slots[position].IsEmpty);

    /// <summary>Number of shards.</summary>
    public int Shards => (Positions + ShardSize - 1) / ShardSize;

    /// <summary>What lies at a position.</summary>
    public ShardSlot this[int position] => _slots[position];

    public int? Find(int task) => _positions.TryGetValue(task, out int position) ? position : null;

    /// <summary>The directory with tasks that were added at its end, replaced by newer versions, or removed.</summary>
    /// <param name="changes">By ascending position.</param>
    public TaskDirectory With(IEnumerable<DirectoryChange> changes)
    {
        ImmutableList<ShardSlot>.Builder slots = _slots.ToBuilder();
        ImmutableDictionary<int, int>.Builder positions = _positions.ToBuilder();
        long revision = Revision;
        foreach ((int position, ShardSlot slot) in changes)
        {
            if (position == slots.Count)
            {
                slots.Add(slot);
                if (!slot.IsEmpty) positions.Add(slot.Task, position);
                revision += slot.Changes;
            }
            else
            {
                revision += slot.Changes - slots[position].Changes;
                if (slot.IsEmpty && !slots[position].IsEmpty) positions.Remove(slots[position].Task);
                slots[position] = slot;
            }
        }

        return new TaskDirectory(slots.ToImmutable(), positions.ToImmutable(), revision);
    }

    /// <summary>Every entry.</summary>
    public ImmutableArray<DirectoryChange> Entries() => [.. _slots.Select((slot, position) => new DirectoryChange(position, slot))];

    public ShardAssignment Assignment(ModelSpec spec, int shard)
    {
        int start = shard * ShardSize;
        return new ShardAssignment
        {
            Spec = spec,
            Revision = ShardRevision(shard),
            Slots = [.. _slots.GetRange(start, Math.Min(ShardSize, Positions - start))],
        };
    }

    /// <summary>As <see cref="Revision"/>, of one shard's slots.</summary>
    public long ShardRevision(int shard)
    {
        int start = shard * ShardSize;
        return _slots.GetRange(start, Math.Min(ShardSize, Positions - start)).Sum(slot => (long)slot.Changes) + First(Incarnation);
    }

    /// <summary>Groups positions by shard.</summary>
    /// <param name="positions">Ascending positions.</param>
    public ImmutableArray<ShardPart> Parts(IEnumerable<int> positions) =>
    [
        .. positions.GroupBy(position => position / ShardSize).Select(group => new ShardPart(
            group.Key,
            new ShardScope
            {
                Revision = ShardRevision(group.Key),
                Slots = [.. group.Select(position => position % ShardSize)],
            })),
    ];
}
