using System.Collections.Immutable;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>
/// How sixteen masks lie together in memory. For each layer, column after column (one input's weights); in a column,
/// eight rows after another; in these, a byte per mask, the lowest bit the first row:
/// <code>bit r of byte  layer + input · columnBytes + octet · 16 + place(lane)   is   mask(8 · octet + r, input) ⊕ [W &lt; 0]</code>
/// A query reads whole columns, and leaves out those whose input is at the background. With the sign in the bit,
/// W·M = c·(bit - [W &lt; 0]): the weights need not be read, and what the signs add is the same for every mask. Then,
/// for the first layer, each row's number of set bits less half the inputs: two rows of sixteen masks side by side in
/// 64 bytes; they make the background's share of the sum. Last, zeros to read where a column is wanted but there is none.
/// </summary>
internal sealed class BlockLayout
{
    /// <summary>Masks in a block.</summary>
    public const int Lanes = 16;

    // Kernels read up to one register beyond a column, and give what they read there no weight.
    private const int Overread = 64;

    public BlockLayout(NetworkShape shape)
    {
        Shape = shape;
        int offset = 0;
        ImmutableArray<LayerLayout>.Builder layers = ImmutableArray.CreateBuilder<LayerLayout>();
        foreach (LayerShape layer in shape.Layers)
        {
            layers.Add(new LayerLayout(offset, layer.FanIn, layer.Outputs));
            offset = checked(offset + (layer.FanIn * layers[^1].ColumnBytes));
        }

        Layers = layers.ToImmutable();
        RowSums = (offset + 63) & ~63;
        HasRowSums = shape.Layers[0].FanIn < ushort.MaxValue;
        RowPairs = HasRowSums ? (Layers[0].Outputs + 1) / 2 : 0;
        Zeros = RowSums + (RowPairs * 64);
        Bytes = checked(Zeros + Layers.Max(layer => layer.ColumnBytes) + Overread);
    }

    public NetworkShape Shape { get; }

    public ImmutableArray<LayerLayout> Layers { get; }

    /// <summary>First byte of the row sums: int16 at 64 · (row / 2) + 4 · lane + 2 · (row mod 2).</summary>
    public int RowSums { get; }

    /// <summary>Whether there are row sums; not with so many inputs that a sum might not fit.</summary>
    public bool HasRowSums { get; }

    /// <summary>Pairs of rows with a sum.</summary>
    public int RowPairs { get; }

    /// <summary>First byte of a column of zeros.</summary>
    public int Zeros { get; }

    /// <summary>The byte of a lane among sixteen: lanes 0 to 7 at even places, since scans sum words and add up even bytes first.</summary>
    public static int Place(int lane) => lane < 8 ? 2 * lane : (2 * lane) - 15;

    public int Bytes { get; }
}
