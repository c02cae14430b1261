using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace SupSup.Core.Banks;

/// <summary>Counts, for each weight, the masks of a bank that keep it.</summary>
internal static unsafe class BlockCounts
{
    private const ulong LowestBits = 0x0101010101010101;

    // Columns counted before the next: their counters stay in the first-level cache.
    private const int Tile = 8;

    /// <summary>The counts of each layer, [out · in].</summary>
    public static ImmutableArray<int[]> Of(BankSnapshot bank, ImmutableArray<int> slots)
    {
        byte[] wanted = new byte[bank.Blocks.Length * BlockLayout.Lanes];
        foreach (int slot in slots)
        {
            int lane = bank.Lane(slot);
            wanted[(lane / BlockLayout.Lanes * BlockLayout.Lanes) + BlockLayout.Place(lane % BlockLayout.Lanes)] = 0xFF;
        }

        ImmutableArray<int[]> counts =
            [.. Enumerable.Range(0, bank.Layout.Layers.Length).Select(l => OfLayer(bank, l, wanted, slots.Length))];
        GC.KeepAlive(bank);
        return counts;
    }

    private static int[] OfLayer(BankSnapshot bank, int l, byte[] wanted, int masks)
    {
        LayerLayout layer = bank.Layout.Layers[l];
        ReadOnlySpan<byte> signs = bank.Network.SignBits(l);
        ReadOnlySpan<int> order = bank.Layout.Order.Rows(l);
        int[] counts = new int[layer.Inputs * layer.Outputs];
        int[] tile = new int[Tile * layer.Stride * 8];
        for (int first = 0; first < layer.Inputs; first += Tile)
        {
            int columns = Math.Min(Tile, layer.Inputs - first);
            Array.Clear(tile);
            for (int block = 0; block < bank.Blocks.Length; block++)
            {
                fixed (byte* lanes = &wanted[block * BlockLayout.Lanes])
                    if ((((ulong*)lanes)[0] | ((ulong*)lanes)[1]) != 0)
                        Add(bank.Blocks[block].Start + layer.Column(first), (ulong*)lanes, columns * layer.Stride, tile);
            }

            for (int c = 0; c < columns; c++)
            {
                for (int j = 0; j < layer.Outputs; j++)
                {
                    // Bits lie as mask ⊕ [W < 0].
                    int n = (order[j] * layer.Inputs) + first + c;
                    int ones = tile[(c * layer.Stride * 8) + j];
                    counts[n] = (signs[n >> 3] >> (n & 7) & 1) == 0 ? ones : masks - ones;
                }
            }
        }

        return counts;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(byte* bytes, ulong* lanes, int octets, int[] tile)
    {
        ulong low = lanes[0];
        ulong high = lanes[1];
        fixed (int* counters = tile)
        {
            for (int octet = 0; octet < octets; octet++)
            {
                ulong left = ((ulong*)bytes)[2 * octet] & low;
                ulong right = ((ulong*)bytes)[(2 * octet) + 1] & high;
                for (int r = 0; r < 8; r++)
                    counters[(8 * octet) + r] += BitOperations.PopCount((left >> r) & LowestBits) + BitOperations.PopCount(
                        (right >> r) & LowestBits);
            }
        }
    }
}
