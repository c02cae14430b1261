using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SupSup.Core.Banks;

/// <summary>Row sums of sixteen masks times 16-bit row factors.</summary>
internal static unsafe class RowSums
{
    /// <summary>sums[lane] += Σ_row rowSum(row, lane) · factor[row], for two sets of factors; integers, the same in any order.</summary>
    /// <param name="block">The block's first byte.</param>
    /// <param name="pairs">Offsets of pairs of rows: int16 at 4 · lane + 2 · (row mod 2).</param>
    /// <param name="count">How many.</param>
    /// <param name="factors">Factors of the first set, two for each pair.</param>
    /// <param name="others">Those of the second.</param>
    /// <param name="sums">Sixteen sums of the first set, then sixteen of the second.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate(byte* block, int* pairs, int count, short* factors, short* others, int* sums)
    {
        if (Avx512BW.IsSupported)
        {
            (Vector512<int> one, Vector512<int> two) = (Vector512.Load(sums), Vector512.Load(sums + 16));
            for (int n = 0; n < count; n++)
            {
                Vector512<short> rows = Vector512.Load((short*)(block + pairs[n]));
                one += Avx512BW.MultiplyAddAdjacent(rows, Vector512.Create(((int*)factors)[n]).AsInt16());
                two += Avx512BW.MultiplyAddAdjacent(rows, Vector512.Create(((int*)others)[n]).AsInt16());
            }

            one.Store(sums);
            two.Store(sums + 16);
            return;
        }

        if (Avx2.IsSupported)
        {
            for (int half = 0; half < 2; half++)
            {
                (Vector256<int> one, Vector256<int> two) = (Vector256.Load(sums + (8 * half)), Vector256.Load(sums + 16 + (8 * half)));
                for (int n = 0; n < count; n++)
                {
                    Vector256<short> rows = Vector256.Load((short*)(block + pairs[n]) + (16 * half));
                    one += Avx2.MultiplyAddAdjacent(rows, Vector256.Create(((int*)factors)[n]).AsInt16());
                    two += Avx2.MultiplyAddAdjacent(rows, Vector256.Create(((int*)others)[n]).AsInt16());
                }

                one.Store(sums + (8 * half));
                two.Store(sums + 16 + (8 * half));
            }

            return;
        }

        for (int n = 0; n < count; n++)
        {
            short* rows = (short*)(block + pairs[n]);
            for (int lane = 0; lane < 16; lane++)
            {
                sums[lane] += (rows[2 * lane] * factors[2 * n]) + (rows[(2 * lane) + 1] * factors[(2 * n) + 1]);
                sums[16 + lane] += (rows[2 * lane] * others[2 * n]) + (rows[(2 * lane) + 1] * others[(2 * n) + 1]);
            }
        }
    }
}
