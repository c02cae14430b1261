using System.Collections.Concurrent;
using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>
/// What scans look up for each image of a batch, made when it is first wanted. Scans of the same images over several
/// banks of one network can share it. Thread-safe.
/// </summary>
public sealed class ScanPlans
{
    private readonly BlockLayout _layout;
    private readonly RankOneFactors _factors;
    private readonly ImmutableArray<int> _rows;
    private readonly LayerSelection _layers;
    private readonly ConcurrentDictionary<(int Row, ScanDepth? After, ScanDepth Depth), Lazy<ScanPlan>> _plans = new();

    /// <summary>Prepares nothing yet.</summary>
    /// <param name="network">The network of the banks.</param>
    /// <param name="factors">The images' factors.</param>
    /// <param name="rows">Which of the images.</param>
    /// <param name="layers">Which layers' terms to sum.</param>
    /// <exception cref="ArgumentException">The factors lack a layer or are of another network.</exception>
    public ScanPlans(FixedNetwork network, RankOneFactors factors, ImmutableArray<int> rows, LayerSelection layers)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(factors);
        factors.Scored(network, layers);
        (Network, _factors, _rows, _layers) = (network, factors, rows, layers);
        _layout = new BlockLayout(network.Shape);
    }

    internal FixedNetwork Network { get; }

    internal int Count => _rows.Length;

    /// <summary>The plan of an image.</summary>
    /// <param name="row">Which.</param>
    /// <param name="after">How deep it was scanned before; null if not at all.</param>
    /// <param name="depth">How deep to go.</param>
    internal ScanPlan Get(int row, ScanDepth? after, ScanDepth depth) => _plans.GetOrAdd(
        (row, after, depth),
        static (key, plans) => new Lazy<ScanPlan>(() => new ScanPlan(
            plans._layout, plans.Network, plans._factors, plans._rows[key.Row], plans._layers, key.After, key.Depth)),
        this).Value;
}
