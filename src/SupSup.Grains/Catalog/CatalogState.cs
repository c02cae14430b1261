using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Catalog;

/// <summary>What the catalogue stores.</summary>
[GenerateSerializer, Immutable, Alias("supsup.state.catalog")]
public sealed record CatalogState
{
    /// <summary>The models by name.</summary>
    [Id(0)]
    public ImmutableArray<CatalogEntry> Models { get; init => field = value.IsDefault ? [] : value; } = [];
}
