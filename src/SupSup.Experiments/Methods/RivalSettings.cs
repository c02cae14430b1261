using SupSup.Core.Networks;
using SupSup.Core.Training;

namespace SupSup.Experiments.Methods;

/// <summary>What a rival is built for: the network, its seed, and how long it trains.</summary>
internal sealed record RivalSettings
{
    /// <summary>The network; as many outputs as a task has classes.</summary>
    public required NetworkPlan Plan { get; init; }

    /// <summary>Seed of weights, contexts and the order of examples.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Batches per task.</summary>
    public int Batches { get; init; } = 1000;

    /// <summary>Examples per batch.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>What is done to training images; null for nothing.</summary>
    public string? Augmentation { get; init; }

    /// <summary>In place of the method's own recipe, with its own number and size of batches; null for the method's.</summary>
    public Recipe? Recipe { get; init; }
}
