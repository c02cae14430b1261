namespace SupSup.Grains.Interfaces.Models;

/// <summary>How the inputs of all tasks of a model are normalised, as of a revision of its directory.</summary>
[GenerateSerializer, Immutable, Alias("supsup.model-normalization")]
public sealed record ModelNormalization
{
    /// <summary>The revision of an answer that may change with the directory as it is: a dataset could not be read.</summary>
    public const long Passing = -1;

    /// <summary>The revision of the directory, or <see cref="Passing"/>.</summary>
    [Id(0)]
    public required long Revision { get; init; }

    /// <summary>The normalisation that every task shares; null where there is none, or no task.</summary>
    [Id(1)]
    public PixelNormalization? Normalization { get; init; }

    /// <summary>Where there are tasks that share none: which of them are at odds, and what to do, in one line.</summary>
    [Id(2)]
    public string? Problem { get; init; }
}
