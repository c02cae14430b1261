using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>
/// What a scan looks up for each image of a batch, made when it is first wanted. Scans of the same images over several
/// banks of one network can share it. Thread-safe.
/// </summary>
public sealed class ScanPlans
{
    private readonly Lazy<ScanPlan>[] _plans;

    /// <summary>Prepares nothing yet.</summary>
    /// <param name="network">The network of the banks.</param>
    /// <param name="factors">The images' factors.</param>
    /// <param name="rows">Which of the images.</param>
    /// <param name="layers">Which layers' terms to sum.</param>
    /// <param name="depth">How much to read.</param>
    /// <exception cref="ArgumentException">The factors lack a layer or are of another network.</exception>
    public ScanPlans(FixedNetwork network, RankOneFactors factors, ImmutableArray<int> rows, LayerSelection layers, ScanDepth depth)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(factors);
        int needed = layers == LayerSelection.First ? 1 : network.Shape.Layers.Length;
        if (!factors.Shape.Equals(network.Shape) || factors.Deltas.Length < needed)
            throw new ArgumentException($"factors of {factors.Deltas.Length} layers of network {factors.Shape} do not suffice to score {needed} layers of network {network.Shape}");
        (Network, Factors, Rows, Layers, Depth) = (network, factors, rows, layers, depth);
        BlockLayout layout = new(network.Shape);
        _plans = [.. rows.Select(row => new Lazy<ScanPlan>(() => new ScanPlan(layout, network, factors, row, layers, depth)))];
    }

    internal FixedNetwork Network { get; }

    internal RankOneFactors Factors { get; }

    internal ImmutableArray<int> Rows { get; }

    internal LayerSelection Layers { get; }

    internal ScanDepth Depth { get; }

    internal ScanPlan this[int row] => _plans[row].Value;
}
