namespace SupSup.Grains.Interfaces.Models;

/// <summary>Two versions of a task beside one another: which weights their masks keep, and how they do on the same test data.</summary>
[GenerateSerializer, Immutable, Alias("supsup.version-comparison")]
public sealed record VersionComparison
{
    /// <summary>The one version.</summary>
    [Id(0)]
    public required int One { get; init; }

    /// <summary>The other.</summary>
    [Id(1)]
    public required int Other { get; init; }

    /// <summary>Weights that a mask covers.</summary>
    [Id(2)]
    public required int Weights { get; init; }

    /// <summary>Weights that the mask of the one keeps.</summary>
    [Id(3)]
    public required int KeptByOne { get; init; }

    /// <summary>Weights that the mask of the other keeps.</summary>
    [Id(4)]
    public required int KeptByOther { get; init; }

    /// <summary>Weights that both keep.</summary>
    [Id(5)]
    public required int KeptByBoth { get; init; }

    /// <summary>How the one does on the test data; null where they were not tested.</summary>
    [Id(6)]
    public Evaluation? OneTested { get; init; }

    /// <summary>How the other does on the same.</summary>
    [Id(7)]
    public Evaluation? OtherTested { get; init; }

    /// <summary>Rows of the test data to which both give the same class; null where they were not tested.</summary>
    [Id(8)]
    public int? SameAnswers { get; init; }

    /// <summary>Why they were not tested, in one line; null where they were.</summary>
    [Id(9)]
    public string? Remark { get; init; }

    /// <summary>Share of weights that both keep, or both leave out.</summary>
    public double Agreement => (Weights - KeptByOne - KeptByOther + (2.0 * KeptByBoth)) / Weights;
}
