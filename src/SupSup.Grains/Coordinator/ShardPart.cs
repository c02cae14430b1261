using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>The part of a set of tasks that lies in one shard.</summary>
/// <param name="Shard">Shard index.</param>
/// <param name="Scope">Its slots.</param>
internal sealed record ShardPart(int Shard, ShardScope Scope);
