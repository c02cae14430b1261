using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>The signs of a network's weights in the order of a block: what a mask that keeps nothing leaves there.</summary>
internal sealed unsafe class BankSigns
{
    public BankSigns(FixedNetwork network, BlockLayout layout)
    {
        MaskBlock block = new(layout);
        block.Write(0, new TaskMask(layout.Shape, new byte[layout.Shape.PackedBytes]), network);

        // One byte more, since two are read at a time.
        Bits = new byte[(layout.RowSums / BlockLayout.Lanes) + 1];
        for (int n = 0; n < Bits.Length - 1; n++) Bits[n] = block.Start[n * BlockLayout.Lanes];
        RowSums = new short[layout.RowPairs * 2];
        for (int j = 0; j < RowSums.Length; j++) RowSums[j] = ((short*)(block.Start + layout.RowSums))[(j / 2 * 32) + (j % 2)];
    }

    /// <summary>[W &lt; 0]: the byte at offset n of a block is here at n / 16.</summary>
    public byte[] Bits { get; }

    /// <summary>Per row of the first layer the number of negative weights, less half the inputs.</summary>
    public short[] RowSums { get; }
}
