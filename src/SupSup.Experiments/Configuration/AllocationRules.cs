using SupSup.Core.Naming;

namespace SupSup.Experiments.Configuration;

/// <summary>The rules by which batches without task identity get a mask.</summary>
public static class AllocationRules
{
    public static IReadOnlyList<string> Names { get; } = ["verified", "paper"];

    /// <summary>Checks a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">No rule has it.</exception>
    public static string Get(string name) =>
        Names.Contains(name) ? name : throw Named.Unknown("allocation", name, Names);
}
