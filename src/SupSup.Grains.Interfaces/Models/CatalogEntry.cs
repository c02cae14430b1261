using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>A model in the list of all models.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Streams">Names of its streams without task identity, sorted.</param>
[GenerateSerializer, Immutable, Alias("supsup.catalog-entry")]
public sealed record CatalogEntry([property: Id(0)] string Model, [property: Id(1)] ImmutableArray<string> Streams);
