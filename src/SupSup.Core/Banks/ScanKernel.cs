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
    // Columns to ask for ahead of use. Images of a batch want other columns mostly, so that what one brought serves few others.
    private const int Ahead = 10;

    public string Name => name;

    public void Scan(byte* block, int rowSums, ScanPlan plan, float* scores)
    {
        for (int lane = 0; lane < BlockLayout.Lanes; lane++) scores[lane] -= (float)plan.Centre;
        if (plan.RowFactors.Length > 0) AddRowSums((short*)(block + rowSums), plan, scores);
        fixed (int* columns = plan.Columns)
            foreach (ScanSegment segment in plan.Segments)
            {
                ReadOnlySpan<ScanRun> runs = plan.Runs.Slice(segment.FirstRun, segment.Runs);
                AddRuns(block, columns, plan.Columns.Length, runs, plan.LookUpTables + segment.LookUpTable, segment.Quads, scores);
            }
        GC.KeepAlive(plan);
    }

    private static void AddRowSums(short* rowSums, ScanPlan plan, float* scores)
    {
        int* sums = stackalloc int[BlockLayout.Lanes];
        new Span<int>(sums, BlockLayout.Lanes).Clear();
        fixed (short* factors = plan.RowFactors) RowSums.Accumulate(rowSums, factors, plan.RowFactors.Length / 2, sums);
        for (int lane = 0; lane < BlockLayout.Lanes; lane++)
            scores[lane] = MathF.FusedMultiplyAdd(sums[lane], plan.RowFactor, scores[lane]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRuns(
        byte* block, int* columns, int columnCount, ReadOnlySpan<ScanRun> runs, byte* lookUpTables, int quads, float* scores)
    {
        int step = TVector.Groups * 16;
        int columnBytes = quads * 64;
        foreach (ScanRun run in runs)
        {
            TVector accumulator = default;
            TVector upperAccumulator = default;
            for (int c = run.First; c < run.First + run.Count; c += 2)
            {
                byte* left = block + columns[c];
                byte* right = block + columns[c + 1];
                if (Sse.IsSupported && c + Ahead + 1 < columnCount)
                {
                    // The columns wanted are scattered: the processor would not guess them.
                    byte* nextLeft = block + columns[c + Ahead];
                    byte* nextRight = block + columns[c + Ahead + 1];
                    for (int line = 0; line < columnBytes; line += 64)
                    {
                        Sse.Prefetch0(nextLeft + line);
                        Sse.Prefetch0(nextRight + line);
                    }
                }

                for (int quad = 0; quad < columnBytes; quad += 64)
                {
                    byte* lookUpTable = lookUpTables + (2 * quad);
                    for (int part = 0; part < 64; part += step)
                    {
                        TVector low = TVector.Load(lookUpTable + part);
                        TVector high = TVector.Load(lookUpTable + 64 + part);
                        TVector both = TVector.AddBytes(
                            TVector.LookUp(low, high, TVector.Load(left + quad + part)),
                            TVector.LookUp(low, high, TVector.Load(right + quad + part)));

                        // Bytes are summed as words: at even places with the odd ones' on top, which are summed once more
                        // by themselves to be taken off at the end.
                        accumulator = TVector.AddWords(accumulator, both);
                        upperAccumulator = TVector.AddWords(upperAccumulator, TVector.UpperBytes(both));
                    }
                }
            }

            Vector256<ushort> sums = TVector.Reduce(accumulator, upperAccumulator);
            AddProducts(sums, run.Factor, scores);
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
