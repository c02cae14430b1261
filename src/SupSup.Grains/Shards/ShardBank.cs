using System.Collections.Immutable;
using SupSup.Core.Masks;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Shards;

/// <summary>The masks of one assignment: the next one makes a new bank, so that passes under way keep theirs.</summary>
/// <param name="Network">The model's network.</param>
/// <param name="Revision">The assignment it fulfils.</param>
/// <param name="Slots">Which mask lies in which slot.</param>
/// <param name="Masks">The masks, by slot; null where not gathered yet.</param>
internal sealed record ShardBank(ModelNetwork Network, long Revision, ImmutableArray<ShardSlot> Slots, PackedMask?[] Masks);
