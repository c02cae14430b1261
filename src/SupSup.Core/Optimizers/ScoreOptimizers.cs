using SupSup.Core.Naming;

namespace SupSup.Core.Optimizers;

/// <summary>The score optimisers by name.</summary>
public static class ScoreOptimizers
{
    /// <summary>Every optimiser of this build; they hold no state of their own.</summary>
    public static IReadOnlyList<IScoreOptimizer> All { get; } = [new RmsPropOptimizer(), new AdamOptimizer()];

    /// <summary>Finds an optimiser.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">No optimiser has the name.</exception>
    public static IScoreOptimizer Get(string name) => All.Get("optimizer", name);
}
