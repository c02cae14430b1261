using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Shards;

/// <summary>What one assignment asks a shard to hold.</summary>
/// <param name="Network">The model's network.</param>
/// <param name="Revision">The assignment it fulfils.</param>
/// <param name="Slots">Which mask lies in which slot.</param>
/// <param name="Bank">The masks that are here; assignments that follow one another share it.</param>
internal sealed record ShardContent(ModelNetwork Network, long Revision, ImmutableArray<ShardSlot> Slots, MaskBank Bank);
