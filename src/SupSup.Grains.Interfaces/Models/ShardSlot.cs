namespace SupSup.Grains.Interfaces.Models;

/// <summary>One mask of a shard.</summary>
/// <param name="Task">Task index.</param>
/// <param name="Version">Version of the mask.</param>
[GenerateSerializer, Immutable, Alias("supsup.shard-slot")]
public readonly record struct ShardSlot([property: Id(0)] int Task, [property: Id(1)] int Version);
