using SupSup.Core.Networks;
using SupSup.Core.Training;

namespace SupSup.Experiments.Methods;

/// <summary>What a rival is built for: the network, its seed, and how long it trains.</summary>
internal sealed record RivalSettings
{
    /// <summary>Input size.</summary>
    public required int Inputs { get; init; }

    /// <summary>Hidden layer sizes, input side first.</summary>
    public required IReadOnlyList<int> Hidden { get; init; }

    /// <summary>Classes of every task, and the network's output size.</summary>
    public required int Classes { get; init; }

    /// <summary>Seed of weights, contexts and the order of examples.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Batches per task.</summary>
    public int Batches { get; init; } = 1000;

    /// <summary>Examples per batch.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>In place of the method's own recipe, with its own number and size of batches; null for the method's.</summary>
    public Recipe? Recipe { get; init; }

    /// <summary>The network.</summary>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public NetworkPlan Plan => NetworkPlan.Dense(Inputs, Hidden, Classes);
}
