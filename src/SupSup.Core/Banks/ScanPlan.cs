using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using SupSup.Core.Inference;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>
/// All that a scan needs to score any mask for one image. A mask's score is -Σ_layers c Σ_i a_i Σ_j δ_j bit_ji plus what
/// does not depend on the mask. The inner sum is looked up: the sixteen sums of four neighbouring δ, rounded to six
/// bits, are a look-up table, and four bits of a mask its index. Inputs at the background share one term for each row, kept with
/// the masks. What rounding loses is known here and given as a variance; the finalists are re-ranked by exact scores.
/// </summary>
internal sealed unsafe class ScanPlan
{
    /// <summary>Largest entry: four columns' low and high entries add up to a byte.</summary>
    public const int LargestEntry = 63;

    // Of the energy of the first layer's foreground; more leaves fewer finalists, less reads fewer columns.
    private const double CoarseEnergy = 0.85;

    // Inputs that differ by less than this share of the largest are multiplied by their mean.
    private const float RunSpread = 0.06f;

    private const int MostOctets = 128;

    // Sums over the rows of a run must fit 16 bits: columns · octets · 2 · 63.
    private const int MostLookUps = ushort.MaxValue / (2 * LargestEntry);

    private readonly byte[] _memory;
    private readonly List<ScanSegment> _segments = [];
    private readonly List<ScanRun> _runs = [];
    private readonly List<int> _columns = [];

    /// <summary>Plans the scan of one image.</summary>
    /// <param name="layout">Where masks lie.</param>
    /// <param name="network">Their network.</param>
    /// <param name="factors">The images' factors.</param>
    /// <param name="row">Which image.</param>
    /// <param name="selection">Which layers' terms to sum.</param>
    /// <param name="after">How deep the image was scanned before, which is left out; null if not at all.</param>
    /// <param name="depth">How much to read.</param>
    public ScanPlan(BlockLayout layout, FixedNetwork network, RankOneFactors factors, int row, LayerSelection selection, ScanDepth? after,
        ScanDepth depth)
    {
        int layers = selection == LayerSelection.First ? 1 : layout.Layers.Length;
        int scanned = Math.Min(layers, Layers(depth));

        // Of the first layer a middle scan reads what a coarse one left out.
        int before = after switch { null or ScanDepth.Coarse => 0, { } done => Math.Min(layers, Layers(done)) };
        _memory = GC.AllocateUninitializedArray<byte>(63 + layout.Layers[before..scanned].Sum(TableBytes), pinned: true);
        LookUpTables = (byte*)(((nint)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) + 63) & ~(nint)63);
        int table = 0;
        for (int l = 0; l < layers; l++)
        {
            LayerLayout layer = layout.Layers[l];
            ReadOnlySpan<float> delta = factors.Delta(l, row);
            ReadOnlySpan<float> input = factors.Activation(l, row);
            double scale = network.Scale(l);
            double deltaEnergy = Energy(delta) * scale * scale / 4;
            if (l >= scanned)
            {
                UnseenVariance += deltaEnergy * Energy(input);
                continue;
            }

            if (l < before)
            {
                SeenVariance += deltaEnergy * Energy(input);
                continue;
            }

            float background = l == 0 && layout.HasRowSums ? factors.Sparse(row).Background : 0;
            if (background != 0 && after is null) AddRowSums(delta, scale * background, layer.Inputs);
            List<ScanInput> foreground = Foreground(input, background);
            if (l == 0 && (depth == ScanDepth.Coarse || after == ScanDepth.Coarse))
            {
                int strongest = SortStrongestFirst(foreground);
                if (depth == ScanDepth.Coarse)
                {
                    for (int n = strongest; n < foreground.Count; n++) UnseenVariance += deltaEnergy * foreground[n].Energy;
                    foreground.RemoveRange(strongest, foreground.Count - strongest);
                    SeenVariance += deltaEnergy * (layer.Inputs - foreground.Count) * background * background;
                    foreach (ScanInput column in foreground) SeenVariance += deltaEnergy * input[column.Input] * input[column.Input];
                }
                else
                {
                    foreground.RemoveRange(0, strongest);
                    SeenVariance += deltaEnergy * Energy(input);
                }
            }
            else
            {
                SeenVariance += deltaEnergy * Energy(input);
            }

            foreground.Sort(static (left, right) => right.Value.CompareTo(left.Value));
            for (int octet = 0; octet < layer.Octets; octet += MostOctets)
            {
                int octets = Math.Min(MostOctets, layer.Octets - octet);
                ReadOnlySpan<float> part = delta.Slice(octet * 8, Math.Min(octets * 8, delta.Length - (octet * 8)));
                int quads = (octets + 3) / 4;
                (double unit, double mean, double variance) = FillLookUpTables(part, quads, LookUpTables + table);
                double partEnergy = Energy(part) * scale * scale / 4;
                int run = _runs.Count;
                AddRuns(layout, layer, octet, CollectionsMarshal.AsSpan(foreground), MostLookUps / octets & ~1, -scale * unit, partEnergy);
                _segments.Add(new ScanSegment(table, quads, run, _runs.Count - run));
                foreach (ScanInput column in foreground)
                {
                    Centre -= scale * column.Value * mean;
                    ErrorVariance += scale * scale * column.Value * column.Value * variance;
                }

                table += quads * 128;
            }
        }

        Columns = [.. _columns];
    }

    /// <summary>For each segment and four octets: 4 · 16 entries for the low four rows, 4 · 16 for the high four.</summary>
    public byte* LookUpTables { get; }

    public ReadOnlySpan<ScanSegment> Segments => CollectionsMarshal.AsSpan(_segments);

    public ReadOnlySpan<ScanRun> Runs => CollectionsMarshal.AsSpan(_runs);

    /// <summary>Offsets in a block.</summary>
    public int[] Columns { get; }

    /// <summary>δ as 16-bit integers, by rows; empty where no background is used.</summary>
    public short[] RowFactors { get; private set; } = [];

    /// <summary>Score per unit of row sum times row factor.</summary>
    public float RowFactor { get; private set; }

    /// <summary>The score that a scan gives a mask of random bits on average; scans leave it out.</summary>
    public double Centre { get; private set; }

    /// <summary>Variance of the part of a score that is scanned once this is done, over masks of random bits.</summary>
    public double SeenVariance { get; }

    /// <summary>Variance of the part that is not.</summary>
    public double UnseenVariance { get; }

    /// <summary>Variance of what this plan's rounding adds.</summary>
    public double ErrorVariance { get; private set; }

    // Layers of which some is read at a depth.
    private static int Layers(ScanDepth depth) => depth switch { ScanDepth.Coarse => 1, ScanDepth.Middle => 2, _ => int.MaxValue };

    private static int TableBytes(LayerLayout layer) => ((layer.Octets + 3) / 4 * 128) + (layer.Octets / MostOctets * 128);

    private static double Energy(ReadOnlySpan<float> values) => TensorPrimitives.SumOfSquares(values);

    private void AddRowSums(ReadOnlySpan<float> delta, double scale, int inputs)
    {
        float largest = MathF.Abs(TensorPrimitives.MaxMagnitude(delta));
        if (largest == 0) return;

        // Sums are at most half the inputs, and all rows' products must fit 32 bits.
        double most = Math.Min(short.MaxValue, int.MaxValue / ((double)delta.Length * ((inputs / 2) + 1)));
        double unit = largest / Math.Floor(most);
        RowFactors = new short[(delta.Length + 1) & ~1];
        RowFactor = (float)(-scale * unit);
        for (int j = 0; j < delta.Length; j++)
        {
            RowFactors[j] = (short)Math.Round(delta[j] / unit);
            double error = delta[j] - (RowFactors[j] * unit);
            ErrorVariance += scale * scale * error * error * inputs / 4;
        }
    }

    // What differs from the background.
    private static List<ScanInput> Foreground(ReadOnlySpan<float> input, float background)
    {
        List<ScanInput> found = new(input.Length);
        for (int i = 0; i < input.Length; i++)
            if (input[i] != background) found.Add(new ScanInput(i, input[i] - background));
        return found;
    }

    // How many of the strongest have the coarse scan's share of the energy.
    private static int SortStrongestFirst(List<ScanInput> foreground)
    {
        double energy = 0;
        foreach (ScanInput column in foreground) energy += column.Energy;
        foreground.Sort(static (left, right) => right.Energy.CompareTo(left.Energy));
        int strongest = 0;
        for (double sum = 0; strongest < foreground.Count && sum < CoarseEnergy * energy; strongest++) sum += foreground[strongest].Energy;
        return strongest;
    }

    private void AddRuns(
        BlockLayout layout, LayerLayout layer, int octet, ReadOnlySpan<ScanInput> foreground, int most, double factor, double deltaEnergy)
    {
        float spread = foreground.IsEmpty ? 0 : RunSpread * MathF.Max(MathF.Abs(foreground[0].Value), MathF.Abs(foreground[^1].Value));
        for (int start = 0; start < foreground.Length;)
        {
            int end = start + 1;
            double sum = foreground[start].Value;
            for (; end < foreground.Length && end - start < most && foreground[start].Value - foreground[end].Value <= spread; end++)
                sum += foreground[end].Value;
            double mean = sum / (end - start);
            int first = _columns.Count;
            for (; start < end; start++)
            {
                _columns.Add(layer.Column(foreground[start].Input) + (octet * BlockLayout.Lanes));
                double error = foreground[start].Value - mean;
                ErrorVariance += deltaEnergy * error * error;
            }

            if ((_columns.Count - first) % 2 != 0) _columns.Add(layout.Zeros);
            _runs.Add(new ScanRun(first, _columns.Count - first, (float)(factor * mean)));
        }
    }

    // The look-up tables of neighbouring rows, rounded to multiples of a unit above each table's least sum.
    private static (double Unit, double Mean, double Variance) FillLookUpTables(ReadOnlySpan<float> delta, int quads, byte* tables)
    {
        double widest = 0;
        for (int j = 0; j < delta.Length; j += 4)
        {
            double width = 0;
            for (int r = j; r < Math.Min(j + 4, delta.Length); r++) width += Math.Abs(delta[r]);
            widest = Math.Max(widest, width);
        }

        double unit = widest > 0 ? widest / LargestEntry : 1;
        double means = 0;
        double variance = 0;
        Span<double> sums = stackalloc double[16];
        for (int nibble = 0; nibble < quads * 8; nibble++)
        {
            // Octet o of a quad has its low table at 16 o and its high one at 64 + 16 o.
            byte* table = tables + (nibble / 8 * 128) + (nibble % 2 * 64) + (nibble / 2 % 4 * 16);
            double least = 0;
            sums.Clear();
            for (int r = 0; r < 4; r++)
            {
                int j = (nibble * 4) + r;
                double value = j < delta.Length ? delta[j] / unit : 0;
                least += Math.Min(0, value);
                for (int n = 0; n < 16; n++)
                    if ((n >> r & 1) != 0) sums[n] += value;
            }

            double error = 0;
            double errors = 0;
            for (int n = 0; n < 16; n++)
            {
                double entry = Math.Round(sums[n] - least);
                table[n] = (byte)entry;
                means += entry / 16;
                error += (sums[n] - least - entry) / 16;
                errors += (sums[n] - least - entry) * (sums[n] - least - entry) / 16;
            }

            variance += errors - (error * error);
        }

        return (unit, means * unit, variance * unit * unit);
    }
}
