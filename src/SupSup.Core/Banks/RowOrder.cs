using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using SupSup.Core.Kernels;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>
/// In which order the rows of a network's layers lie in memory. Rows whose gradients are large lie together, so that scans can leave the
/// lines of the others out. Compared by reference: banks in one order share what is prepared for it.
/// </summary>
public sealed class RowOrder
{
    private static readonly ConditionalWeakTable<FixedNetwork, RowOrder> NaturalOrders = [];

    private readonly FixedNetwork _network;
    private readonly ImmutableArray<int[]> _rows;
    private readonly Lazy<AlignedFloats[]> _weights;

    private RowOrder(FixedNetwork network, ImmutableArray<int[]> rows, bool isNatural)
    {
        (_network, _rows, IsNatural) = (network, rows, isNatural);
        _weights = new Lazy<AlignedFloats[]>(Weights);
    }

    /// <summary>Whether rows lie as the network has them.</summary>
    internal bool IsNatural { get; }

    /// <summary>Rows as the network has them; one for each network.</summary>
    internal static RowOrder Natural(FixedNetwork network) => NaturalOrders.GetValue(network, static of =>
        new(of, [.. of.Shape.Layers.Select(layer => Enumerable.Range(0, layer.Outputs).ToArray())], isNatural: true));

    /// <summary>Rows with the largest energies first.</summary>
    /// <param name="network">The network.</param>
    /// <param name="energies">Per layer, [out].</param>
    internal static RowOrder Of(FixedNetwork network, IEnumerable<double[]> energies) =>
        new(network, [.. energies.Select(LargestFirst)], isNatural: false);

    /// <summary>The row at each place of a layer.</summary>
    internal ReadOnlySpan<int> Rows(int layer) => _rows[layer];

    /// <summary>The place of each row of a layer.</summary>
    internal int[] Places(int layer)
    {
        int[] places = new int[_rows[layer].Length];
        for (int place = 0; place < places.Length; place++) places[_rows[layer][place]] = place;
        return places;
    }

    /// <summary>One layer's <see cref="FixedNetwork.WeightsByInput"/> with the outputs in this order.</summary>
    internal AlignedFloats WeightsByInput(int layer) => IsNatural ? _network.WeightsByInput(layer) : _weights.Value[layer];

    /// <summary>Values by rows, in the order of places.</summary>
    internal float[] Arrange(int layer, ReadOnlySpan<float> byRow)
    {
        float[] arranged = new float[byRow.Length];
        for (int place = 0; place < arranged.Length; place++) arranged[place] = byRow[_rows[layer][place]];
        return arranged;
    }

    private static int[] LargestFirst(double[] energies)
    {
        int[] rows = [.. Enumerable.Range(0, energies.Length)];
        Array.Sort(rows, (left, right) =>
            energies[left] != energies[right] ? energies[right].CompareTo(energies[left]) : left.CompareTo(right));
        return rows;
    }

    private AlignedFloats[] Weights() =>
    [
        .. _network.Shape.Layers.Select((layer, l) =>
        {
            int width = AlignedFloats.Width(layer.Outputs);
            AlignedFloats arranged = new(layer.FanIn * width);
            ReadOnlySpan<float> weights = _network.WeightsByInput(l).Span;
            for (int i = 0; i < layer.FanIn; i++)
                Arrange(l, weights.Slice(i * width, layer.Outputs)).CopyTo(arranged.Span[(i * width)..]);
            return arranged;
        }),
    ];
}
