namespace SupSup.Experiments.Methods;

/// <summary>An entry in the list of rivals.</summary>
/// <param name="Name">The name that experiments refer to.</param>
/// <param name="Description">One line on what it is.</param>
/// <param name="Create">Builds it; throws ArgumentException where settings are out of range.</param>
public sealed record RivalMethod(string Name, string Description, Func<RivalSettings, IRival> Create);
