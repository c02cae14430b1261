namespace SupSup.Grains.Interfaces.Models;

/// <summary>One mask of a shard, or none where it was removed.</summary>
/// <param name="Task">Task index; negative where the slot is empty.</param>
/// <param name="Version">Version of the mask; of an empty slot one more than that of the mask that was there.</param>
/// <param name="UsualEvidence">See <see cref="TaskSummary.UsualEvidence"/>.</param>
/// <param name="Classes">Number of classes; 0 for the model's.</param>
/// <param name="IsNamed">Whether the task or its classes have names.</param>
/// <param name="EvidenceSpread">See <see cref="TaskSummary.EvidenceSpread"/>; null for none.</param>
/// <param name="Renames">How often the task was renamed.</param>
/// <param name="StoredAs">See <see cref="TaskSummary.StoredAs"/>.</param>
[GenerateSerializer, Immutable, Alias("supsup.shard-slot")]
public readonly record struct ShardSlot(
    [property: Id(0)] int Task, [property: Id(1)] int Version, [property: Id(2)] double? UsualEvidence = null,
    [property: Id(3)] int Classes = 0, [property: Id(4)] bool IsNamed = false,
    [property: Id(5)] EvidenceSpread? EvidenceSpread = null, [property: Id(6)] int Renames = 0,
    [property: Id(7)] int StoredAs = 0)
{
    /// <summary>Whether there is no mask.</summary>
    public bool IsEmpty => Task < 0;

    /// <summary>How often what is told of the slot has changed: what it adds to revisions.</summary>
    public int Changes => Version + Renames;

    /// <summary>A slot whose mask was removed.</summary>
    /// <param name="version">One more than the changes of the slot.</param>
    public static ShardSlot Empty(int version) => new(-1, version);
}
