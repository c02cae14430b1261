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
    private readonly RankOneFactors _factors;
    private readonly ImmutableArray<int> _rows;
    private readonly LayerSelection _layers;
    // Inputs that differ by less than such a share of the largest are multiplied by their mean, which is little beside what is not read.
    private const float RunSpread = 0.15f;
    private const float RunSpreadOfFull = 0.05f;

    private readonly ConcurrentDictionary<(int Row, bool IsFull, RowOrder Order), Lazy<ScanPart[]>> _parts = new();
    private readonly ConcurrentDictionary<(int Row, ScanDepth Depth, RowOrder Order), Lazy<ScanPlan>> _plans = new();

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
        RowEnergies.Of(network).Add(factors, rows);
    }

    internal FixedNetwork Network { get; }

    internal int Count => _rows.Length;

    /// <summary>The plan of an image.</summary>
    /// <param name="layout">Where masks lie.</param>
    /// <param name="row">Which.</param>
    /// <param name="depth">How deep to go.</param>
    internal ScanPlan Get(BlockLayout layout, int row, ScanDepth depth) => _plans.GetOrAdd(
        (row, depth, layout.Order),
        static (key, at) => new Lazy<ScanPlan>(() =>
            new ScanPlan(at.layout, at.plans.Parts(at.layout, key.Row, key.Depth == ScanDepth.Full), key.Depth)),
        (layout, plans: this)).Value;

    private ScanPart[] Parts(BlockLayout layout, int row, bool isFull) => _parts.GetOrAdd(
        (row, isFull, layout.Order),
        static (key, at) => new Lazy<ScanPart[]>(() => [.. at.plans.PartsOf(at.layout, at.plans._rows[key.Row], key.IsFull)]),
        (layout, plans: this)).Value;

    private IEnumerable<ScanPart> PartsOf(BlockLayout layout, int row, bool isFull)
    {
        int layers = _layers == LayerSelection.First ? 1 : layout.Layers.Length;
        for (int l = 0; l < layers; l++)
        {
            LayerLayout layer = layout.Layers[l];
            float background = l == 0 && layer.HasRowSums ? _factors.Sparse(row).Background : 0;
            ScanInputs inputs = new(_factors.Activation(l, row), background, isFull ? RunSpreadOfFull : RunSpread);
            float[] delta = layout.Order.Arrange(l, _factors.Delta(l, row));
            int first = 0;
            foreach (float[] some in delta.Chunk(ScanPart.MostRows))
            {
                yield return new ScanPart(layer, first / 8, inputs, some, Network.Scale(l));
                first += some.Length;
            }
        }
    }
}
