using System.Text.Json.Serialization;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>Names the data of one task among those that a silo can make: a dataset and what sets the task apart.</summary>
[GenerateSerializer, Immutable, Alias("supsup.task-data")]
public sealed record TaskData
{
    /// <summary>Dataset name, or a path that the silo can read, with options (docs/datasets.md).</summary>
    [Id(0)]
    public required string Dataset { get; init; }

    /// <summary>The task family: what is done to the dataset to make a task ("permuted", "whole", "classes:cat,dog", see
    /// docs/datasets.md). Where it is left out, data by path are taken as they are ("whole"), and named datasets are permuted.</summary>
    [Id(1)]
    public string Family { get => field ?? (Dataset.Contains('/', StringComparison.Ordinal) ? "whole" : "permuted"); init; }

    /// <summary>Seed of the family; one that draws nothing at random needs none.</summary>
    [Id(2)]
    public ulong Seed { get; init; }

    /// <summary>Which task of the family, 0 of one that has a single task.</summary>
    [Id(3)]
    public int Index { get; init; }

    /// <summary>Whether the data are taken as they are, or some classes of them.</summary>
    [JsonIgnore]
    public bool IsAsTheyAre => Family == "whole" || Family.StartsWith("classes:", StringComparison.Ordinal)
        || Family.StartsWith("grouped:", StringComparison.Ordinal) || Family.StartsWith("shuffled:", StringComparison.Ordinal);

    /// <inheritdoc/>
    public bool Equals(TaskData? other) =>
        other is not null && Dataset == other.Dataset && Family == other.Family && Seed == other.Seed && Index == other.Index;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Dataset, Family, Seed, Index);

    /// <summary>One line with every value.</summary>
    public override string ToString() => $"{Family} {Dataset} {Index} of seed {Seed}";
}
