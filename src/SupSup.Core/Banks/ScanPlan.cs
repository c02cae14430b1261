using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SupSup.Core.Kernels;

namespace SupSup.Core.Banks;

/// <summary>
/// All that a scan needs to score any mask for one image. A mask's score is -Σ_layers c Σ_i a_i Σ_j δ_j bit_ji plus what
/// does not depend on the mask. What is read are lines: 32 neighbouring rows of one input. Which, is chosen by what they can add:
/// those with the largest a_i² Σ_j δ_j² of all layers, up to the share of the whole that a depth asks for. The inner sum is looked
/// up: the sixteen sums of four neighbouring δ, rounded to six bits, are a look-up table, and four bits of a mask its index. Inputs
/// that are not read count by their mean, which costs one term for each row, from sums kept with the masks: so a mask that keeps
/// more weights of a row than others does not pass for the right one. In a full scan these are the inputs at the background, and
/// nothing is left out. What rounding loses is known here and given as a variance; the finalists are re-ranked by exact scores.
/// </summary>
internal sealed unsafe class ScanPlan
{
    /// <summary>Largest entry: four columns' low and high entries add up to a byte.</summary>
    public const int LargestEntry = 63;

    // Sums over a run must fit 16 bits: lines · 4 octets · 2 · 63.
    private const int MostLines = ushort.MaxValue / (4 * 2 * LargestEntry);

    private readonly byte[] _memory;
    private readonly List<ScanRun> _runs = [];
    private readonly List<ScanLines> _lines = [];
    private readonly List<ScanRowSums> _rowSums = [];

    /// <summary>Plans the scan of one image.</summary>
    /// <param name="layout">Where masks lie.</param>
    /// <param name="parts">What each part of the layers can add to a score.</param>
    /// <param name="depth">How much to read.</param>
    public ScanPlan(BlockLayout layout, ScanPart[] parts, ScanDepth depth)
    {
        double least = depth == ScanDepth.Full ? 0 : LeastEnergy(parts, depth.Share());
        ScanChoice[] choices = [.. parts.Select(part => new ScanChoice(part, least))];
        _memory = GC.AllocateUninitializedArray<byte>(63 + choices.Sum(choice => choice.Read * 128), pinned: true);
        LookUpTables = (byte*)(((nint)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) + 63) & ~(nint)63);
        int table = 0;
        foreach (ScanChoice choice in choices)
        {
            if (choice.Part.Layout.HasRowSums) AddRowSums(choice);
            LinesVariance += choice.LinesVariance;
            UnseenVariance += choice.UnseenVariance;
            if (choice.Read == 0) continue;
            AddRuns(layout, choice, table);
            table += choice.Read * 128;
        }

        // What kernels ask the memory for beyond the end.
        for (int n = 0; n < ScanKernel<ScalarBytes>.Ahead; n++) _lines.Add(default);
        (Lines, Runs) = ([.. _lines], [.. _runs]);
    }

    /// <summary>For each group of 32 rows: 4 · 16 entries for the low four rows of each octet, 4 · 16 for the high four.</summary>
    public byte* LookUpTables { get; }

    /// <summary>The lines of all runs, and some more that are asked for but not used.</summary>
    public ScanLines[] Lines { get; }

    public ScanRun[] Runs { get; }

    /// <summary>What counts by row sums.</summary>
    public ReadOnlySpan<ScanRowSums> RowSums => CollectionsMarshal.AsSpan(_rowSums);

    /// <summary>The score that a scan gives a mask of random bits on average; scans leave it out.</summary>
    public double Centre { get; private set; }

    /// <summary>Variance of a score less what row sums alone would give it, over masks of random bits.</summary>
    public double LinesVariance { get; }

    /// <summary>Variance of what the lines that are not read would add.</summary>
    public double UnseenVariance { get; }

    /// <summary>Variance of what rounding adds.</summary>
    public double ErrorVariance { get; private set; }

    // The energy of the weakest line to read, for the strongest to have a share of the whole. Counted by classes of about an eighth,
    // below the largest: the exponent and the three highest bits of the mantissa.
    private static double LeastEnergy(ReadOnlySpan<ScanPart> parts, double share)
    {
        const int Shift = 52 - 3;
        Span<double> byClass = stackalloc double[512];
        byClass.Clear();
        double largest = 0;
        foreach (ScanPart part in parts) largest = Math.Max(largest, part.LargestLine);
        long first = BitConverter.DoubleToInt64Bits(largest) >> Shift;
        double whole = 0;
        foreach (ScanPart part in parts)
        {
            foreach (ScanInputRun run in part.Inputs.Runs)
            {
                foreach (double energy in part.Energies)
                {
                    double line = energy * run.MeanSquare;
                    if (line == 0) continue;
                    long below = first - (BitConverter.DoubleToInt64Bits(line) >> Shift);
                    byClass[(int)Math.Clamp(below, 0, byClass.Length - 1)] += run.Count * line;
                    whole += run.Count * line;
                }
            }
        }

        double sum = 0;
        for (int n = 0; n < byClass.Length - 1; n++)
        {
            sum += byClass[n];
            if (sum >= share * whole) return BitConverter.Int64BitsToDouble((first - n) << Shift);
        }

        return 0;
    }

    // What is not read of a row counts by its mean.
    private void AddRowSums(ScanChoice choice)
    {
        ScanPart part = choice.Part;
        (float[] factors, float[] means) = (new float[(part.Delta.Length + 1) & ~1], new float[(part.Delta.Length + 1) & ~1]);
        choice.RowFactors(factors, means);
        List<int> pairs = new(factors.Length / 2);
        for (int pair = 0; pair < factors.Length / 2; pair++)
            if (factors[2 * pair] != 0 || factors[(2 * pair) + 1] != 0) pairs.Add(pair);
        if (pairs.Count == 0) return;
        int inputs = part.Layout.Inputs;
        (short[] rounded, double unit) = Round(factors, pairs, inputs);
        (short[] roundedMeans, double unitOfMeans) = Round(means, pairs, inputs);
        int[] offsets = new int[pairs.Count];
        for (int n = 0; n < offsets.Length; n++)
        {
            offsets[n] = part.RowSum(2 * pairs[n]);
            for (int r = 0; r < 2; r++)
            {
                double factor = factors[(2 * pairs[n]) + r];
                double error = factor - (rounded[(2 * n) + r] * unit);
                ErrorVariance += part.Scale * part.Scale * error * error * inputs / 4;

                // A sum is kept less half the inputs, rounded down.
                if (inputs % 2 != 0) Centre -= part.Scale * factor / 2;
            }
        }

        _rowSums.Add(new ScanRowSums(offsets, rounded, (float)(-part.Scale * unit), roundedMeans, (float)(-part.Scale * unitOfMeans)));
    }

    // Sums are at most half the inputs, and all rows' products must fit 32 bits.
    private static (short[] Rounded, double Unit) Round(ReadOnlySpan<float> factors, List<int> pairs, int inputs)
    {
        double most = Math.Min(short.MaxValue, int.MaxValue / ((double)factors.Length * ((inputs / 2) + 1)));
        float largest = MathF.Abs(TensorPrimitives.MaxMagnitude(factors));
        double unit = largest > 0 ? largest / Math.Floor(most) : 1;
        short[] rounded = new short[2 * pairs.Count];
        for (int n = 0; n < rounded.Length; n++) rounded[n] = (short)Math.Round(factors[(pairs[n / 2] * 2) + (n % 2)] / unit);
        return (rounded, unit);
    }

    private void AddRuns(BlockLayout layout, ScanChoice choice, int table)
    {
        ScanPart part = choice.Part;
        (double[] means, double[] variances) = (new double[choice.Read], new double[choice.Read]);
        double unit = FillLookUpTables(choice, LookUpTables + table, means, variances);
        double scale = part.Scale;
        for (int n = 0; n < part.Inputs.Runs.Length; n++)
        {
            (ScanInputRun run, int quads) = (part.Inputs.Runs[n], choice.ReadOf[n]);
            if (quads == 0) continue;
            double value = run.Mean - choice.Base;
            (double mean, double variance, double energy) = (0, 0, 0);
            for (int q = 0; q < quads; q++)
            {
                mean += means[q];
                variance += variances[q];
                energy += part.Energies[part.Order[q]];
            }

            Centre -= scale * value * run.Count * mean;
            ErrorVariance += (scale * scale * value * value * run.Count * variance) + (energy * run.Count * run.Variance);
            int most = MostLines / quads & ~1;
            for (int start = 0; start < run.Count; start += most)
            {
                ReadOnlySpan<ScanInput> inputs = part.Inputs.Sorted.AsSpan(run.First + start, Math.Min(most, run.Count - start));
                _runs.Add(new ScanRun((inputs.Length + 1) / 2 * quads, (float)(-scale * unit * value)));
                for (int i = 0; i < inputs.Length; i += 2)
                {
                    int left = part.Column(inputs[i].Input);
                    int right = i + 1 < inputs.Length ? part.Column(inputs[i + 1].Input) : layout.Zeros;
                    for (int q = 0; q < quads; q++)
                    {
                        int offset = part.Order[q] * 64;
                        _lines.Add(new ScanLines(left + offset, right == layout.Zeros ? right : right + offset, table + (q * 128)));
                    }
                }

                // The zeros in the place of an input that is not there.
                if (inputs.Length % 2 != 0)
                    for (int q = 0; q < quads; q++) Centre -= scale * unit * value * Zeros(LookUpTables + table + (q * 128));
            }
        }
    }

    private static int Zeros(byte* tables)
    {
        int sum = 0;
        for (int n = 0; n < 8; n++) sum += tables[n * 16];
        return sum;
    }

    // The look-up tables of the groups that are read, rounded to multiples of a unit above each table's least sum; of each group the
    // mean of a line's sum and the variance of what rounding adds.
    private static double FillLookUpTables(ScanChoice choice, byte* tables, double[] means, double[] variances)
    {
        ReadOnlySpan<float> delta = choice.Part.Delta;
        float widest = 0;
        for (int j = 0; j < delta.Length; j += 4)
        {
            float width = 0;
            for (int r = j; r < Math.Min(j + 4, delta.Length); r++) width += MathF.Abs(delta[r]);
            widest = MathF.Max(widest, width);
        }

        // Which of the four rows each of the sixteen entries has.
        (Vector512<int> all, Vector512<int> one) = (Vector512<int>.Indices, Vector512<int>.One);
        Vector512<float> row0 = Vector512.ConvertToSingle(all & one), row1 = Vector512.ConvertToSingle(all >> 1 & one);
        Vector512<float> row2 = Vector512.ConvertToSingle(all >> 2 & one), row3 = Vector512.ConvertToSingle(all >> 3);
        float unit = widest > 0 ? widest / LargestEntry : 1;
        Span<float> values = stackalloc float[32];
        for (int q = 0; q < choice.Read; q++)
        {
            ReadOnlySpan<float> rows = choice.Part.Rows(choice.Part.Order[q]);
            values.Clear();
            for (int r = 0; r < rows.Length; r++) values[r] = rows[r] / unit;
            Vector512<float> entries = Vector512<float>.Zero;
            for (int nibble = 0; nibble < 8; nibble++)
            {
                ReadOnlySpan<float> four = values.Slice(4 * nibble, 4);
                float least = MathF.Min(0, four[0]) + MathF.Min(0, four[1]) + MathF.Min(0, four[2]) + MathF.Min(0, four[3]);
                Vector512<float> lower = (row0 * four[0]) + (row1 * four[1]), upper = (row2 * four[2]) + (row3 * four[3]);
                Vector512<float> sums = lower + upper - Vector512.Create(least);
                Vector512<float> rounded = Vector512.Round(sums);
                Vector512<float> errors = sums - rounded;
                entries += rounded;
                float error = Sum(errors);
                variances[q] += (Sum(errors * errors) - (error * error / 16)) / 16;

                // Octet o of a group has its low table at 16 o and its high one at 64 + 16 o.
                Vector512<int> bytes = Vector512.ConvertToInt32(rounded);
                byte* table = tables + (q * 128) + (nibble % 2 * 64) + (nibble / 2 * 16);
                for (int n = 0; n < 16; n++) table[n] = (byte)bytes[n];
            }

            means[q] = (double)Sum(entries) / 16 * unit;
            variances[q] *= (double)unit * unit;
        }

        return unit;
    }

    // In one order, whatever the registers.
    private static float Sum(Vector512<float> vector)
    {
        Vector256<float> half = vector.GetLower() + vector.GetUpper();
        Vector128<float> quarter = half.GetLower() + half.GetUpper();
        return quarter[0] + quarter[1] + (quarter[2] + quarter[3]);
    }
}
