using System.Buffers.Binary;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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

    /// <summary>The same masks in memory of their own, their rows in another order.</summary>
    public MaskBlock In(BlockLayout layout)
    {
        MaskBlock block = new(layout);
        for (int l = 0; l < layout.Layers.Length; l++)
        {
            LayerLayout layer = layout.Layers[l];
            ReadOnlySpan<int> rows = layout.Order.Rows(l);
            int[] places = _layout.Order.Places(l);
            for (int input = 0; input < layer.Inputs; input++)
            {
                byte* source = Start + layer.Column(input), target = block.Start + layer.Column(input);
                for (int place = 0; place < rows.Length; place++)
                {
                    int from = places[rows[place]];
                    Vector128<byte> octets = Vector128.Load(source + (from / 8 * BlockLayout.Lanes));
                    Vector128<byte> bits = octets >>> (from & 7) & Vector128.Create((byte)1);
                    byte* octet = target + (place / 8 * BlockLayout.Lanes);
                    (Vector128.Load(octet) | (bits << (place & 7))).Store(octet);
                }
            }

            for (int place = 0; layer.HasRowSums && place < rows.Length; place++)
                for (int lane = 0; lane < BlockLayout.Lanes; lane++)
                    *(short*)(block.Start + layer.RowSum(place, lane)) = *(short*)(Start + layer.RowSum(places[rows[place]], lane));
        }

        return block;
    }

    /// <summary>Writes one mask.</summary>
    /// <param name="lane">0 to 15.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="network">Its network, for the signs.</param>
    public void Write(int lane, TaskMask mask, FixedNetwork network)
    {
        for (int l = 0; l < _layout.Layers.Length; l++)
        {
            ReadOnlySpan<int> rows = _layout.Order.Rows(l);
            WriteLayer(lane, _layout.Layers[l], rows, mask.Layer(l), network.SignBits(l));
            if (_layout.Layers[l].HasRowSums) WriteRowSums(lane, _layout.Layers[l], rows, mask.Layer(l), network.SignBits(l));
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
            int[] places = _layout.Order.Places(l);
            for (int n = 0; n < layer.Inputs * layer.Outputs; n++)
            {
                int place = places[n / layer.Inputs];
                packed[n >> 3] |= (byte)((Start[layer.Column(n % layer.Inputs) + (place / 8 * BlockLayout.Lanes) + BlockLayout.Place(
                    lane)] >> (place & 7) & 1) << (n & 7));
            }

            TensorPrimitives.Xor(packed, network.SignBits(l), packed);
            start += packed.Length;
        }

        return new TaskMask(_layout.Shape, bits);
    }

    // Eight rows by 64 columns at a time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WriteLayer(int lane, LayerLayout layer, ReadOnlySpan<int> order, ReadOnlySpan<byte> bits, ReadOnlySpan<byte> signs)
    {
        ulong* square = stackalloc ulong[8];
        for (int octet = 0; octet < layer.Octets; octet++)
        {
            int rows = Math.Min(8, layer.Outputs - (octet * 8));
            byte* target = Start + layer.Offset + (octet * BlockLayout.Lanes) + BlockLayout.Place(lane);
            for (int input = 0; input < layer.Inputs; input += 64)
            {
                for (int r = 0; r < 8; r++)
                {
                    if (r >= rows)
                    {
                        square[r] = 0;
                        continue;
                    }

                    long bit = ((long)order[(octet * 8) + r] * layer.Inputs) + input;
                    square[r] = Word(bits, bit) ^ Word(signs, bit);
                }

                TransposeBytes(square);
                Transpose(Vector512.Load(square)).Store(square);
                int columns = Math.Min(64, layer.Inputs - input);
                for (int c = 0; c < columns; c++) target[(input + c) * layer.ColumnBytes] = ((byte*)square)[c];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WriteRowSums(int lane, LayerLayout layer, ReadOnlySpan<int> order, ReadOnlySpan<byte> bits, ReadOnlySpan<byte> signs)
    {
        for (int place = 0; place < layer.Outputs; place++)
        {
            int ones = 0;
            long end = ((long)order[place] + 1) * layer.Inputs;
            for (long bit = (long)order[place] * layer.Inputs; bit < end; bit += 64)
                ones += BitOperations.PopCount((Word(bits, bit) ^ Word(signs, bit)) << (int)Math.Max(0, bit + 64 - end));
            *(short*)(Start + layer.RowSum(place, lane)) = (short)(ones - (layer.Inputs / 2));
        }
    }

    // 64 bits from any bit on; zeros beyond the end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ReadOnlySpan<byte> bits, long bit)
    {
        int at = (int)(bit >> 3), shift = (int)(bit & 7);
        if (at + 9 > bits.Length) return LastWord(bits[at..], shift);
        ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bits[at..]);
        return shift == 0 ? word : word >> shift | (ulong)bits[at + 8] << (64 - shift);
    }

    private static ulong LastWord(ReadOnlySpan<byte> bits, int shift)
    {
        UInt128 word = 0;
        for (int n = Math.Min(bits.Length, 9) - 1; n >= 0; n--) word = word << 8 | bits[n];
        return (ulong)(word >> shift);
    }

    // Byte k of row r and byte r of row k change places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeBytes(ulong* rows)
    {
        for (int r = 0; r < 4; r++) Swap(rows + r, rows + r + 4, 32, 0x00000000FFFFFFFF);
        for (int r = 0; r < 6; r += r == 1 ? 3 : 1) Swap(rows + r, rows + r + 2, 16, 0x0000FFFF0000FFFF);
        for (int r = 0; r < 8; r += 2) Swap(rows + r, rows + r + 1, 8, 0x00FF00FF00FF00FF);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Swap(ulong* one, ulong* other, int shift, ulong low)
    {
        ulong different = ((*one >> shift) ^ *other) & low;
        *other ^= different;
        *one ^= different << shift;
    }

    // The transposes of 8 x 8 bit matrices, byte r of each its row r: halves of ever smaller blocks change places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Transpose(Vector512<ulong> x)
    {
        Vector512<ulong> t = (x ^ (x >> 7)) & Vector512.Create(0x00AA00AA00AA00AAUL);
        x ^= t ^ (t << 7);
        t = (x ^ (x >> 14)) & Vector512.Create(0x0000CCCC0000CCCCUL);
        x ^= t ^ (t << 14);
        t = (x ^ (x >> 28)) & Vector512.Create(0x00000000F0F0F0F0UL);
        return x ^ t ^ (t << 28);
    }
}
