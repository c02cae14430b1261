using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SupSup.Core.Kernels;

namespace SupSup.Core.Banks;

/// <summary>
/// The scan over registers of one width: PQ fast-scan (André, Kermarrec, Le Scouarnec, VLDB 2015; FAISS's IndexPQFastScan)
/// with a mask's bits as codes of four. Look-up tables stay in registers, a byte shuffle looks up sixteen masks at once, sums
/// are kept in 16-bit accumulators, and the best candidates are re-ranked by exact scores (<see cref="MaskRunner"/>). Unlike
/// there, a look-up table serves all columns of a run, whose inputs scale its sums. Sums are of integers up to the last step,
/// so all widths agree bit for bit.
/// </summary>
internal sealed unsafe class ScanKernel<TVector>(string name) : IScanKernel
    where TVector : unmanaged, IByteVector<TVector>
{
    /// <summary>Pairs of lines to ask the memory for ahead of use: they are scattered, so the processor would not guess them.</summary>
    public const int Ahead = 12;

    public string Name => name;

    public void Scan(byte* block, ScanPlan plan, float* means, float* scores)
    {
        new Span<float>(scores, BlockLayout.Lanes).Fill((float)-plan.Centre);
        new Span<float>(means, BlockLayout.Lanes).Clear();
        foreach (ScanRowSums sums in plan.RowSums) AddRowSums(block, sums, means, scores);
        fixed (ScanLines* lines = plan.Lines)
        fixed (ScanRun* runs = plan.Runs) AddRuns(block, lines, runs, plan.Runs.Length, plan.LookUpTables, scores);
        GC.KeepAlive(plan);
    }

    private static void AddRowSums(byte* block, ScanRowSums rows, float* means, float* scores)
    {
        int* sums = stackalloc int[2 * BlockLayout.Lanes];
        new Span<int>(sums, 2 * BlockLayout.Lanes).Clear();
        fixed (int* pairs = rows.Pairs)
        fixed (short* factors = rows.Factors)
        fixed (short* others = rows.Means) RowSums.Accumulate(block, pairs, rows.Pairs.Length, factors, others, sums);
        for (int lane = 0; lane < BlockLayout.Lanes; lane++)
        {
            scores[lane] = MathF.FusedMultiplyAdd(sums[lane], rows.Factor, scores[lane]);
            means[lane] = MathF.FusedMultiplyAdd(sums[BlockLayout.Lanes + lane], rows.Mean, means[lane]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRuns(byte* block, ScanLines* lines, ScanRun* runs, int count, byte* lookUpTables, float* scores)
    {
        int step = TVector.Groups * 16;
        for (ScanRun* end = runs + count; runs < end; runs++)
        {
            TVector accumulator = default;
            TVector upperAccumulator = default;
            for (ScanLines* last = lines + runs->Lines; lines < last; lines++)
            {
                byte* left = block + lines->Left;
                byte* right = block + lines->Right;
                byte* lookUpTable = lookUpTables + lines->LookUpTable;
                if (Sse.IsSupported)
                {
                    // The plan has so many more at its end.
                    Sse.Prefetch1(block + lines[Ahead].Left);
                    Sse.Prefetch1(block + lines[Ahead].Right);
                }

                for (int part = 0; part < 64; part += step)
                {
                    TVector low = TVector.Load(lookUpTable + part);
                    TVector high = TVector.Load(lookUpTable + 64 + part);
                    TVector both = TVector.AddBytes(
                        TVector.LookUp(low, high, TVector.Load(left + part)), TVector.LookUp(low, high, TVector.Load(right + part)));

                    // Bytes are summed as words: at even places with the odd ones' on top, which are summed once more
                    // by themselves to be taken off at the end.
                    accumulator = TVector.AddWords(accumulator, both);
                    upperAccumulator = TVector.AddWords(upperAccumulator, TVector.UpperBytes(both));
                }
            }

            AddProducts(TVector.Reduce(accumulator, upperAccumulator), runs->Factor, scores);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddProducts(Vector256<ushort> sums, float factor, float* scores)
    {
        if (Avx512F.IsSupported)
        {
            Vector512<float> products = Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(sums));
            Vector512.FusedMultiplyAdd(products, Vector512.Create(factor), Vector512.Load(scores)).Store(scores);
            return;
        }

        Vector128<float> factors = Vector128.Create(factor);
        for (int half = 0; half < 2; half++)
        {
            (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(half == 0 ? sums.GetLower() : sums.GetUpper());
            float* target = scores + (8 * half);
            Vector128.FusedMultiplyAdd(Vector128.ConvertToSingle(low.AsInt32()), factors, Vector128.Load(target)).Store(target);
            Vector128.FusedMultiplyAdd(Vector128.ConvertToSingle(high.AsInt32()), factors, Vector128.Load(target + 4)).Store(target + 4);
        }
    }
}
