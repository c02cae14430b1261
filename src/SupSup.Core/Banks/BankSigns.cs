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
        Bits = new byte[(layout.Bits / BlockLayout.Lanes) + 1];
        for (int n = 0; n < Bits.Length - 1; n++) Bits[n] = block.Start[n * BlockLayout.Lanes];
        LayerLayout first = layout.Layers[0];
        RowSums = new short[first.HasRowSums ? first.Outputs : 0];
        for (int j = 0; j < RowSums.Length; j++) RowSums[j] = *(short*)(block.Start + first.RowSum(j, 0));
    }

    /// <summary>[W &lt; 0]: the byte at offset n of a block is here at n / 16.</summary>
    public byte[] Bits { get; }

    /// <summary>Per row of the first layer the number of negative weights, less half the inputs.</summary>
    public short[] RowSums { get; }
}
