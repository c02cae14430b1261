using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>The part of a directory that is one shard's. Immutable: what is made of it is made once, however often the others change.
/// </summary>
/// <param name="shard">Shard index.</param>
/// <param name="slots">Its slots; the last need not fill it.</param>
/// <param name="revision">As <see cref="TaskDirectory.Revision"/>, of these slots.</param>
internal sealed class DirectoryShard(int shard, ImmutableArray<ShardSlot> slots, long revision)
{
    private ShardPart? _part;

    public ImmutableArray<ShardSlot> Slots => slots;

    public long Revision => revision;

    /// <summary>All its tasks.</summary>
    public ShardPart Part => _part ??= new ShardPart(
        shard,
        new ShardScope
        {
            Revision = revision,
            Slots = [.. Enumerable.Range(0, slots.Length).Where(slot => !slots[slot].IsEmpty)],
        });
}
