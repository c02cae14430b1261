namespace SupSup.Grains.Interfaces.Models;

/// <summary>What lies at one position of a model's directory.</summary>
/// <param name="Position">Position; slot p mod 1024 of shard p / 1024.</param>
/// <param name="Slot">The task and its version, or an empty slot.</param>
[GenerateSerializer, Immutable, Alias("supsup.directory-change")]
public readonly record struct DirectoryChange([property: Id(0)] int Position, [property: Id(1)] ShardSlot Slot);
