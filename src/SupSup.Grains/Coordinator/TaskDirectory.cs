using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// Which task lives where: position p of the list of learned tasks is slot p mod 1024 of shard p / 1024, and stays empty
/// when its task is removed. Immutable, so that an answer is computed over one set of tasks while others are being added; a change
/// makes the part of one shard anew, whatever the number of tasks.
/// </summary>
internal sealed class TaskDirectory
{
    /// <summary>Masks per shard.</summary>
    public const int ShardSize = 1024;

    /// <summary>The directory of a model that has learned nothing.</summary>
    public static readonly TaskDirectory Empty = Of(0);

    // Revisions of a model that was deleted and made anew go on above all of those before; their sums of versions stay far below.
    private const int IncarnationShift = 40;

    private readonly ImmutableArray<DirectoryShard> _shards;
    private readonly ImmutableDictionary<int, int> _positions;

    private TaskDirectory(ImmutableArray<DirectoryShard> shards, ImmutableDictionary<int, int> positions, long revision)
    {
        _shards = shards;
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
    public int Positions => _shards.IsEmpty ? 0 : ((_shards.Length - 1) * ShardSize) + _shards[^1].Slots.Length;

    /// <summary>Number of shards.</summary>
    public int Shards => _shards.Length;

    /// <summary>All tasks, by shard.</summary>
    public ImmutableArray<ShardPart> Parts => [.. _shards.Select(shard => shard.Part).Where(part => !part.Scope.Slots.IsEmpty)];

    /// <summary>What lies at a position.</summary>
    public ShardSlot this[int position] => _shards[position / ShardSize].Slots[position % ShardSize];

    /// <summary>The positions that hold tasks, ascending, without the first ones.</summary>
    /// <param name="count">How many to pass over, a shard at a time.</param>
    public IEnumerable<int> Skip(int count)
    {
        foreach (ShardPart part in Parts)
        {
            int here = part.Scope.Slots.Length, over = Math.Min(count, here);
            for (int n = over; n < here; n++) yield return (part.Shard * ShardSize) + part.Scope.Slots[n];
            count -= over;
        }
    }

    public int? Find(int task) => _positions.TryGetValue(task, out int position) ? position : null;

    /// <summary>The directory with tasks that were added at its end, replaced by newer versions, or removed.</summary>
    /// <param name="changes">By ascending position.</param>
    public TaskDirectory With(IEnumerable<DirectoryChange> changes)
    {
        ImmutableArray<DirectoryShard>.Builder shards = _shards.ToBuilder();
        ImmutableDictionary<int, int>.Builder positions = _positions.ToBuilder();
        long revision = Revision;
        foreach (IGrouping<int, DirectoryChange> some in changes.GroupBy(change => change.Position / ShardSize))
        {
            bool isNew = some.Key == shards.Count;
            ImmutableArray<ShardSlot>.Builder slots = (isNew ? [] : shards[some.Key].Slots).ToBuilder();
            long before = isNew ? First(Incarnation) : shards[some.Key].Revision, after = before;
            foreach ((int position, ShardSlot slot) in some)
            {
                int at = position % ShardSize;
                if (at == slots.Count)
                {
                    slots.Add(slot);
                    if (!slot.IsEmpty) positions.Add(slot.Task, position);
                    after += slot.Changes;
                }
                else
                {
                    after += slot.Changes - slots[at].Changes;
                    if (slot.IsEmpty && !slots[at].IsEmpty) positions.Remove(slots[at].Task);
                    slots[at] = slot;
                }
            }

            DirectoryShard next = new(some.Key, slots.ToImmutable(), after);
            if (isNew) shards.Add(next);
            else shards[some.Key] = next;
            revision += after - before;
        }

        return new TaskDirectory(shards.ToImmutable(), positions.ToImmutable(), revision);
    }

    /// <summary>Every entry.</summary>
    public ImmutableArray<DirectoryChange> Entries() =>
        [.. _shards.SelectMany(shard => shard.Slots).Select((slot, position) => new DirectoryChange(position, slot))];

    public ShardAssignment Assignment(ModelSpec spec, int shard) =>
        new() { Spec = spec, Revision = _shards[shard].Revision, Slots = _shards[shard].Slots };

    /// <summary>As <see cref="Revision"/>, of one shard's slots.</summary>
    public long ShardRevision(int shard) => _shards[shard].Revision;

    /// <summary>The positions that hold tasks here, and none in a later directory of the model.</summary>
    /// <param name="later">The later one.</param>
    public IEnumerable<int> RemovedIn(TaskDirectory later) => _shards.Zip(later._shards).Index()
        .Where(pair => pair.Item.First != pair.Item.Second)
        .SelectMany(pair => pair.Item.First.Part.Scope.Slots.Where(slot => pair.Item.Second.Slots[slot].IsEmpty)
            .Select(slot => (pair.Index * ShardSize) + slot));

    /// <summary>Some tasks, by shard.</summary>
    /// <param name="positions">Ascending positions.</param>
    public ImmutableArray<ShardPart> PartsOf(IEnumerable<int> positions) =>
    [
        .. positions.GroupBy(position => position / ShardSize).Select(group => new ShardPart(
            group.Key,
            new ShardScope
            {
                Revision = ShardRevision(group.Key),
                Slots = [.. group.Select(position => position % ShardSize)],
            })),
    ];

    /// <summary>All tasks but some, by shard.</summary>
    /// <param name="leftOut">Their positions.</param>
    public ImmutableArray<ShardPart> PartsWithout(IReadOnlyCollection<int> leftOut) => leftOut.Count == 0 ? Parts
        : PartsOf(Skip(0).Except(leftOut));
}
