using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SupSup.Core.Masks;

namespace SupSup.Core.Inference;

/// <summary>Weighted sums of masks, Σ α_i M_i: what a superposition with any coefficients needs.</summary>
internal static unsafe class MaskSums
{
    // Weights that are summed before the next: their sums stay in the first-level cache while all masks go by.
    private const int Tile = 4096;

    // Masks that share one reading and writing of a sum.
    private const int Together = 4;

    /// <summary>Adds up one layer of masks.</summary>
    /// <param name="masks">Masks of one shape.</param>
    /// <param name="coefficients">α, one for each; masks whose coefficient is 0 are not read.</param>
    /// <param name="layer">Layer index.</param>
    /// <param name="sums">Receives Σ α_i M_i of the layer, [out · in].</param>
    /// <exception cref="ArgumentException">There are not as many coefficients as masks, or a layer has fewer bits than there are
    /// sums.</exception>
    public static void Of(IReadOnlyList<TaskMask> masks, ReadOnlySpan<float> coefficients, int layer, Span<float> sums)
    {
        if (coefficients.Length != masks.Count)
            throw new ArgumentException($"{coefficients.Length} coefficients do not fit {masks.Count} masks");
        List<int> read = [];
        for (int n = 0; n < masks.Count; n++)
        {
            MaskBits.Check(masks[n].Layer(layer), sums.Length);
            if (coefficients[n] != 0) read.Add(n);
        }

        sums.Clear();
        for (int from = 0; from < sums.Length; from += Tile)
        {
            Span<float> tile = sums.Slice(from, Math.Min(Tile, sums.Length - from));
            for (int n = 0; n < read.Count; n += Together)
            {
                // The last has a weight of 0 in the places that are left.
                int Index(int place) => read[Math.Min(n + place, read.Count - 1)];
                ReadOnlySpan<byte> Bits(int place) => masks[Index(place)].Layer(layer)[(from / 8)..];
                Vector128<float> weights = default;
                for (int place = 0; place < Together && n + place < read.Count; place++)
                    weights = weights.WithElement(place, coefficients[Index(place)]);
                fixed (float* target = tile)
                fixed (byte* first = Bits(0), second = Bits(1), third = Bits(2), fourth = Bits(3))
                    Add(first, second, third, fourth, weights, target, tile.Length);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(byte* first, byte* second, byte* third, byte* fourth, Vector128<float> weights, float* sums, int count)
    {
        int n = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            (Vector512<float> w0, Vector512<float> w1) = (Vector512.Create(weights[0]), Vector512.Create(weights[1]));
            (Vector512<float> w2, Vector512<float> w3) = (Vector512.Create(weights[2]), Vector512.Create(weights[3]));
            for (; n <= count - Vector512<float>.Count; n += Vector512<float>.Count)
            {
                Vector512<float> left = (w0 & MaskBits.Lanes512(*(ushort*)(first + (n >> 3))))
                    + (w1 & MaskBits.Lanes512(*(ushort*)(second + (n >> 3))));
                Vector512<float> right = (w2 & MaskBits.Lanes512(*(ushort*)(third + (n >> 3))))
                    + (w3 & MaskBits.Lanes512(*(ushort*)(fourth + (n >> 3))));
                (Vector512.Load(sums + n) + (left + right)).Store(sums + n);
            }
        }
        else
        {
            (Vector256<float> w0, Vector256<float> w1) = (Vector256.Create(weights[0]), Vector256.Create(weights[1]));
            (Vector256<float> w2, Vector256<float> w3) = (Vector256.Create(weights[2]), Vector256.Create(weights[3]));
            for (; n <= count - Vector256<float>.Count; n += Vector256<float>.Count)
            {
                Vector256<float> left = (w0 & MaskBits.Lanes256(first[n >> 3])) + (w1 & MaskBits.Lanes256(second[n >> 3]));
                Vector256<float> right = (w2 & MaskBits.Lanes256(third[n >> 3])) + (w3 & MaskBits.Lanes256(fourth[n >> 3]));
                (Vector256.Load(sums + n) + (left + right)).Store(sums + n);
            }
        }

        for (; n < count; n++)
        {
            float Weight(byte* bits, int place) => (bits[n >> 3] >> (n & 7) & 1) != 0 ? weights[place] : 0;
            sums[n] += Weight(first, 0) + Weight(second, 1) + (Weight(third, 2) + Weight(fourth, 3));
        }
    }
}
