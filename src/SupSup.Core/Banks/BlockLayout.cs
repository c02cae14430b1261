using System.Collections.Immutable;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>
/// How sixteen masks lie together in memory. For each layer, column after column (one input's weights); in a column,
/// eight rows after another, in the layout's order; in these, a byte per mask, the lowest bit the first row:
/// <code>bit r of byte  layer + input · columnBytes + octet · 16 + place(lane)   is   mask(row(8 · octet + r), input) ⊕ [W &lt; 0]</code>
/// A query reads lines, four octets of a column, and leaves out those that add little. With the sign in the bit,
/// W·M = c·(bit - [W &lt; 0]): the weights need not be read, and what the signs add is the same for every mask. Then,
/// for each layer, each row's number of set bits less half the inputs: two rows of sixteen masks side by side in
/// 64 bytes; what is not read counts by them. Last, zeros to read where a column is wanted but there is none.
/// </summary>
internal sealed class BlockLayout
{
    /// <summary>Masks in a block.</summary>
    public const int Lanes = 16;

    // Kernels read up to one register beyond a column, and give what they read there no weight.
    private const int Overread = 64;

    /// <summary>Lays out blocks.</summary>
    /// <param name="shape">What is masked.</param>
    /// <param name="order">In which order a layer's rows lie.</param>
    public BlockLayout(NetworkShape shape, RowOrder order)
    {
        (Shape, Order) = (shape, order);
        int bits = 0;
        foreach (LayerShape layer in shape.Layers) bits = checked(bits + new LayerLayout(0, layer.FanIn, layer.Outputs).Bytes);
        (int offset, int sums) = (0, (bits + 63) & ~63);
        Bits = sums;
        ImmutableArray<LayerLayout>.Builder layers = ImmutableArray.CreateBuilder<LayerLayout>();
        foreach (LayerShape layer in shape.Layers)
        {
            layers.Add(new LayerLayout(offset, layer.FanIn, layer.Outputs) { RowSums = sums });
            (offset, sums) = (offset + layers[^1].Bytes, checked(sums + layers[^1].RowSumBytes));
        }

        Layers = layers.ToImmutable();
        Zeros = sums;
        Bytes = checked(Zeros + Layers.Max(layer => layer.ColumnBytes) + Overread);
    }

    public NetworkShape Shape { get; }

    public RowOrder Order { get; }

    public ImmutableArray<LayerLayout> Layers { get; }

    /// <summary>Bytes of the bits of all layers, before the row sums.</summary>
    public int Bits { get; }

    /// <summary>First byte of a column of zeros.</summary>
    public int Zeros { get; }

    /// <summary>The byte of a lane among sixteen: lanes 0 to 7 at even places, since scans sum words and add up even bytes first.</summary>
    public static int Place(int lane) => lane < 8 ? 2 * lane : (2 * lane) - 15;

    public int Bytes { get; }
}
