using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>What became of a model's directory since a revision: 12 bytes for each task that is new, replaced or removed.</summary>
[GenerateSerializer, Immutable, Alias("supsup.directory-changes")]
public sealed record DirectoryChanges
{
    /// <summary>The revision that the changes lead to.</summary>
    [Id(0)]
    public required long Revision { get; init; }

    /// <summary>Whether these are all entries, and not only what changed.</summary>
    [Id(1)]
    public required bool Whole { get; init; }

    /// <summary>The entries, by ascending position.</summary>
    [Id(2)]
    public required ImmutableArray<DirectoryChange> Changes { get; init; }

    /// <summary>The model's definition where these are all entries: under the same name a model may have been deleted, and another
    /// made.</summary>
    [Id(3)]
    public ModelSpec? Spec { get; init; }
}
