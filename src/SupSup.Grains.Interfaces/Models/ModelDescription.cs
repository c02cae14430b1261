using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>A model and the tasks it has learned.</summary>
[GenerateSerializer, Immutable, Alias("supsup.model-description")]
public sealed record ModelDescription
{
    /// <summary>The model's name.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>Its definition.</summary>
    [Id(1)]
    public required ModelSpec Spec { get; init; }

    /// <summary>The tasks learned, in the order in which they were acknowledged.</summary>
    [Id(2)]
    public required ImmutableArray<TaskSummary> Tasks { get; init; }

    /// <summary>Its reservoir, where its masks live in one; else null.</summary>
    [Id(3)]
    public ReservoirDescription? Reservoir { get; init; }

    /// <summary>How inputs are normalised, where all tasks agree; else null.</summary>
    public PixelNormalization? Normalization =>
        Tasks.Select(task => task.Normalization).Distinct().Count() == 1 ? Tasks[0].Normalization : null;
}
