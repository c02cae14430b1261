namespace SupSup.Grains.Interfaces.Models;

/// <summary>Names the data of one task among those that a silo can make: a dataset and what sets the task apart.</summary>
[GenerateSerializer, Immutable, Alias("supsup.task-data")]
public sealed record TaskData
{
    /// <summary>Dataset name, or a path that the silo can read, with options (docs/datasets.md).</summary>
    [Id(0)]
    public required string Dataset { get; init; }

    /// <summary>Name of the task family: what is done to the dataset to make a task.</summary>
    [Id(1)]
    public string Family { get; init; } = "permuted";

    /// <summary>Seed of the family.</summary>
    [Id(2)]
    public required ulong Seed { get; init; }

    /// <summary>Which task of the family.</summary>
    [Id(3)]
    public required int Index { get; init; }

    /// <summary>One line with every value.</summary>
    public override string ToString() => $"{Family} {Dataset} {Index} of seed {Seed}";
}
