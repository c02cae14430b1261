using System.Collections.Immutable;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using SupSup.Core.Inference;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>
/// How large the gradients at each row of a network were, over the images that were asked about. They concentrate on few rows, the same
/// for all tasks; which these are, the network and the data decide. All banks of a network share it. Thread-safe.
/// </summary>
public sealed class RowEnergies
{
    // Images after which an order is made for the first time, and by how many times more it is looked at again.
    private const int FewestImages = 64;
    private const int Again = 8;

    // Another order is worth laying masks out anew where large rows come so many times earlier in it.
    private const double WorthMoving = 1.25;

    private static readonly ConditionalWeakTable<FixedNetwork, RowEnergies> ByNetwork = [];

    private readonly Lock _gate = new();
    private readonly FixedNetwork _network;
    private readonly double[][] _energies;
    private volatile RowOrder _order;
    private long _images;
    private long _next = FewestImages;

    private RowEnergies(FixedNetwork network)
    {
        (_network, _order) = (network, RowOrder.Natural(network));
        _energies = [.. network.Shape.Layers.Select(layer => new double[layer.Outputs])];
    }

    /// <summary>The order in which masks lie best, by the images there were.</summary>
    public RowOrder Order => _order;

    /// <summary>Those of a network.</summary>
    public static RowEnergies Of(FixedNetwork network) => ByNetwork.GetValue(network, static key => new RowEnergies(key));

    /// <summary>Takes images in.</summary>
    /// <param name="factors">Their factors.</param>
    /// <param name="rows">Which of them.</param>
    public void Add(RankOneFactors factors, ImmutableArray<int> rows)
    {
        ArgumentNullException.ThrowIfNull(factors);
        lock (_gate)
        {
            foreach (int row in rows)
                for (int l = 0; l < factors.Deltas.Length; l++) Add(_energies[l], factors.Delta(l, row));
            _images += rows.Length;
            if (_images < _next) return;
            _next = _images * Again;
            RowOrder found = RowOrder.Of(_network, _energies);
            if (Enumerable.Range(0, _energies.Length).Any(l => MeanPlace(_order, l) > WorthMoving * MeanPlace(found, l))) _order = found;
        }
    }

    private static void Add(Span<double> energies, ReadOnlySpan<float> delta)
    {
        double whole = TensorPrimitives.SumOfSquares(delta);
        if (whole == 0) return;
        for (int j = 0; j < delta.Length; j++) energies[j] += delta[j] * delta[j] / whole;
    }

    private double MeanPlace(RowOrder order, int layer)
    {
        ReadOnlySpan<int> rows = order.Rows(layer);
        (double sum, double places) = (0, 0);
        for (int place = 0; place < rows.Length; place++)
        {
            sum += _energies[layer][rows[place]];
            places += (place + 1) * _energies[layer][rows[place]];
        }

        return sum > 0 ? places / sum : 0;
    }
}
