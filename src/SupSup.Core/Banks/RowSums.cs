using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SupSup.Core.Banks;

/// <summary>The background's part of a scan: row sums of sixteen masks times 16-bit row factors.</summary>
internal static unsafe class RowSums
{
    /// <summary>sums[lane] += Σ_row rowSum(row, lane) · factor[row]; integers, the same in any order.</summary>
    /// <param name="rowSums">int16 at 32 · pair + 2 · lane + row mod 2.</param>
    /// <param name="factors">A factor per row.</param>
    /// <param name="pairs">Pairs of rows.</param>
    /// <param name="sums">Sixteen sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate(short* rowSums, short* factors, int pairs, int* sums)
    {
        if (Avx512BW.IsSupported)
        {
            Vector512<int> total = Vector512.Load(sums);
            for (int pair = 0; pair < pairs; pair++)
                total += Avx512BW.MultiplyAddAdjacent(
                    Vector512.Load(rowSums + (32 * pair)), Vector512.Create(((int*)factors)[pair]).AsInt16());
            total.Store(sums);
            return;
        }

        if (Avx2.IsSupported)
        {
            Vector256<int> low = Vector256.Load(sums);
            Vector256<int> high = Vector256.Load(sums + 8);
            for (int pair = 0; pair < pairs; pair++)
            {
                Vector256<short> factor = Vector256.Create(((int*)factors)[pair]).AsInt16();
                low += Avx2.MultiplyAddAdjacent(Vector256.Load(rowSums + (32 * pair)), factor);
                high += Avx2.MultiplyAddAdjacent(Vector256.Load(rowSums + (32 * pair) + 16), factor);
            }

            low.Store(sums);
            high.Store(sums + 8);
            return;
        }

        for (int pair = 0; pair < pairs; pair++)
            for (int lane = 0; lane < 16; lane++)
                sums[lane] += (rowSums[(32 * pair) + (2 * lane)] * factors[2 * pair])
                    + (rowSums[(32 * pair) + (2 * lane) + 1] * factors[(2 * pair) + 1]);
    }
}
