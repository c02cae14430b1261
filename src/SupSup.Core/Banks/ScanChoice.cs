using System.Numerics.Tensors;

namespace SupSup.Core.Banks;

/// <summary>Which lines of a part are read, and what counts for the others.</summary>
internal sealed class ScanChoice
{
    private const int RowsOfQuad = 32;

    // Of trained masks, how much more than random bits' the sums of rows vary; about.
    private const double Overdispersion = 4;

    // By place in the part's order: what inputs count by that are not read, 0 where row sums are not worth reading.
    private readonly double[] _bases;

    /// <summary>Chooses the lines that add as much as the weakest that is wanted, or at 0 all that differ from the background.</summary>
    public ScanChoice(ScanPart part, double leastEnergy)
    {
        Part = part;
        (ScanInputs inputs, int quads) = (part.Inputs, part.Quads);
        ReadOf = new int[inputs.Runs.Length];
        _bases = new double[quads];

        // By place in the order: what is read of the inputs.
        Span<double> counts = stackalloc double[quads], sums = stackalloc double[quads], squares = stackalloc double[quads];
        counts.Clear();
        sums.Clear();
        squares.Clear();
        for (int n = 0; n < ReadOf.Length; n++)
        {
            ScanInputRun run = inputs.Runs[n];
            int read = 0;
            for (; read < quads && Energy(read) > 0 && Energy(read) * run.MeanSquare >= leastEnergy; read++)
            {
                counts[read] += run.Count;
                sums[read] += run.Sum;
                squares[read] += run.SumOfSquares;
            }

            ReadOf[n] = read;
            Read = Math.Max(Read, read);
        }

        bool isWhole = leastEnergy == 0;
        if (part.Layout.HasRowSums) Base = isWhole ? inputs.Background : MeanOfRest(counts, sums);
        for (int q = 0; q < quads; q++)
        {
            // The sums of a group take as many lines as half its rows.
            double energy = Energy(q), mean = Mean;
            bool isWorth = energy * mean * mean * inputs.Count * Overdispersion >= leastEnergy * RowsOfQuad / 2;
            double basis = _bases[q] = q < Read || isWhole ? Base : isWorth ? mean : 0;
            (double count, double sum, double square) = (inputs.Count - counts[q], inputs.Sum - sums[q], inputs.SumOfSquares - squares[q]);
            if (basis == 0) mean = 0;
            double read = squares[q] - (2 * mean * sums[q]) + (mean * mean * counts[q]);
            LinesVariance += energy * Math.Max(0, read + (count * (basis - mean) * (basis - mean)));
            if (!isWhole) UnseenVariance += energy * Math.Max(0, square - (2 * basis * sum) + (basis * basis * count));
        }
    }

    public ScanPart Part { get; }

    /// <summary>Of each run of inputs, how many groups of rows are read, in the part's order.</summary>
    public int[] ReadOf { get; }

    /// <summary>Groups of which some input is read.</summary>
    public int Read { get; }

    /// <summary>What the inputs count by that are not read in these.</summary>
    public double Base { get; }

    /// <summary>Variance of a score less what row sums alone would give it, over masks of random bits.</summary>
    public double LinesVariance { get; }

    /// <summary>Variance of what the lines that are not read would add.</summary>
    public double UnseenVariance { get; }

    private double Mean => Part.Layout.HasRowSums ? Part.Inputs.Sum / Part.Inputs.Count : 0;

    /// <summary>What each row's sum is multiplied by, and what it would be multiplied by if all inputs had their mean; zeros in both
    /// where it is not read.</summary>
    /// <param name="factors">Receives the former, by places of rows.</param>
    /// <param name="means">Receives the latter.</param>
    public void RowFactors(Span<float> factors, Span<float> means)
    {
        for (int q = 0; q < _bases.Length; q++)
        {
            ReadOnlySpan<float> rows = Part.Rows(Part.Order[q]);
            int first = Part.Order[q] * RowsOfQuad;
            TensorPrimitives.Multiply(rows, (float)_bases[q], factors[first..]);
            TensorPrimitives.Multiply(rows, _bases[q] == 0 ? 0 : (float)Mean, means[first..]);
        }
    }

    private double Energy(int place) => Part.Energies[Part.Order[place]];

    private double MeanOfRest(ReadOnlySpan<double> counts, ReadOnlySpan<double> sums)
    {
        (double sum, double count) = (0, 0);
        for (int q = 0; q < Read; q++)
        {
            sum += Energy(q) * (Part.Inputs.Sum - sums[q]);
            count += Energy(q) * (Part.Inputs.Count - counts[q]);
        }

        return count > 0 ? sum / count : Part.Inputs.Background;
    }
}
