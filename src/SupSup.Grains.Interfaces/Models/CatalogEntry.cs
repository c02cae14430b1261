using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>A model in the list of all models.</summary>
/// <param name="Model">Its name, by which it is stored.</param>
/// <param name="Streams">Names of its streams without task identity, sorted.</param>
[GenerateSerializer, Immutable, Alias("supsup.catalog-entry")]
public sealed record CatalogEntry([property: Id(0)] string Model, [property: Id(1)] ImmutableArray<string> Streams)
{
    /// <summary>The names that people gave it later, in their order: it is found by all of them.</summary>
    [Id(2)]
    public ImmutableArray<string> Names { get => field.IsDefault ? [] : field; init; } = []; // records of earlier builds have none

    /// <summary>What people call it.</summary>
    public string Name => Names.IsEmpty ? Model : Names[^1];

    /// <summary>Whether the model is, or was, called so.</summary>
    /// <param name="name">The name.</param>
    public bool Answers(string name) => Model == name || Names.Contains(name);
}
