using System.Buffers.Binary;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>
/// The memory of sixteen masks. A lane that no query looks at may be written while queries run over the others: no
/// byte belongs to two lanes.
/// </summary>
internal sealed unsafe class MaskBlock
{
    private readonly BlockLayout _layout;

    // Pinned for life, so that kernels can hold its address.
    private readonly byte[] _memory;

    public MaskBlock(BlockLayout layout)
    {
        _layout = layout;
        _memory = GC.AllocateArray<byte>(layout.Bytes + 63, pinned: true);
        Start = (byte*)(((nint)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) + 63) & ~(nint)63);
    }

    /// <summary>The first byte, at a cache line's boundary.</summary>
    public byte* Start { get; }

    /// <summary>The same masks in memory of their own.</summary>
    public MaskBlock Copy()
    {
        MaskBlock copy = new(_layout);
        new ReadOnlySpan<byte>(Start, _layout.Bytes).CopyTo(new Span<byte>(copy.Start, _layout.Bytes));
        return copy;
    }

    /// <summary>Writes one mask.</summary>
    /// <param name="lane">0 to 15.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="network">Its network, for the signs.</param>
    public void Write(int lane, TaskMask mask, FixedNetwork network)
    {
        for (int l = 0; l < _layout.Layers.Length; l++)
        {
            // Padded, so that sixteen bits can be read from any bit on.
            byte[] bits = new byte[_layout.Shape.Layers[l].PackedBytes + 3];
            TensorPrimitives.Xor(mask.Layer(l), network.SignBits(l), bits);
            WriteLayer(lane, _layout.Layers[l], bits);
            if (l == 0 && _layout.HasRowSums) WriteRowSums(lane, _layout.Layers[l], bits);
        }
    }

    /// <summary>Reads one mask back.</summary>
    /// <param name="lane">0 to 15.</param>
    /// <param name="network">Its network, for the signs.</param>
    public TaskMask Read(int lane, FixedNetwork network)
    {
        byte[] bits = new byte[_layout.Shape.PackedBytes];
        int start = 0;
        for (int l = 0; l < _layout.Layers.Length; l++)
        {
            LayerLayout layer = _layout.Layers[l];
            Span<byte> packed = bits.AsSpan(start, _layout.Shape.Layers[l].PackedBytes);
            for (int n = 0; n < layer.Inputs * layer.Outputs; n++)
            {
                int row = n / layer.Inputs;
                packed[n >> 3] |= (byte)((Start[layer.Column(n % layer.Inputs) + (row / 8 * BlockLayout.Lanes) + BlockLayout.Place(
                    lane)] >> (row & 7) & 1) << (n & 7));
            }

            TensorPrimitives.Xor(packed, network.SignBits(l), packed);
            start += packed.Length;
        }

        return new TaskMask(_layout.Shape, bits);
    }

    private void WriteLayer(int lane, LayerLayout layer, ReadOnlySpan<byte> bits)
    {
        for (int octet = 0; octet < layer.Octets; octet++)
        {
            int rows = Math.Min(8, layer.Outputs - (octet * 8));
            byte* target = Start + layer.Offset + (octet * BlockLayout.Lanes) + BlockLayout.Place(lane);
            for (int input = 0; input < layer.Inputs; input += 8)
            {
                int columns = Math.Min(8, layer.Inputs - input);
                ulong block = 0;
                for (int r = 0; r < rows; r++)
                {
                    long bit = (((long)octet * 8) + r) * layer.Inputs + input;
                    uint eight = (uint)BinaryPrimitives.ReadUInt16LittleEndian(bits[(int)(bit >> 3)..]) >> (int)(bit & 7);
                    block |= (ulong)(eight & ((1u << columns) - 1)) << (8 * r);
                }

                block = Transpose(block);
                for (int c = 0; c < columns; c++) target[(input + c) * layer.ColumnBytes] = (byte)(block >> (8 * c));
            }
        }
    }

    private void WriteRowSums(int lane, LayerLayout layer, ReadOnlySpan<byte> bits)
    {
        for (int row = 0; row < layer.Outputs; row++)
        {
            int ones = 0;
            long end = ((long)row + 1) * layer.Inputs;
            for (long bit = (long)row * layer.Inputs; bit < end; bit += 8)
            {
                uint eight = (uint)BinaryPrimitives.ReadUInt16LittleEndian(bits[(int)(bit >> 3)..]) >> (int)(bit & 7);
                ones += BitOperations.PopCount(eight & ((1u << (int)Math.Min(8, end - bit)) - 1));
            }

            *(short*)(Start + _layout.RowSums + (row / 2 * 64) + (lane * 4) + (row % 2 * 2)) = (short)(ones - (layer.Inputs / 2));
        }
    }

    // The transpose of an 8 x 8 bit matrix, byte r its row r: halves of ever smaller blocks change places.
    private static ulong Transpose(ulong x)
    {
        ulong t = (x ^ (x >> 7)) & 0x00AA00AA00AA00AAUL;
        x ^= t ^ (t << 7);
        t = (x ^ (x >> 14)) & 0x0000CCCC0000CCCCUL;
        x ^= t ^ (t << 14);
        t = (x ^ (x >> 28)) & 0x00000000F0F0F0F0UL;
        return x ^ t ^ (t << 28);
    }
}
