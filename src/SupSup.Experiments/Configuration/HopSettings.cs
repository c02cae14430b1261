using SupSup.Core.Reservoirs;

namespace SupSup.Experiments.Configuration;

/// <summary>What method hop (HopSupSup) goes by; the values are those of the paper's code.</summary>
public sealed record HopSettings
{
    /// <summary>How masks of gains are trained.</summary>
    public GainRecipe Training { get; init; } = new();

    /// <summary>How they are recovered; test images are classified in batches of its size, too.</summary>
    public RecoverySettings Recovery { get; init; } = new();
}
