namespace SupSup.Core.Banks;

/// <summary>Inputs so alike that their bits are summed before they are multiplied by their mean.</summary>
/// <param name="First">Index of the first among the sorted inputs.</param>
/// <param name="Count">How many.</param>
/// <param name="Mean">Mean of their values.</param>
/// <param name="Variance">Mean square of what they differ from it by.</param>
/// <param name="MeanSquare">Mean square of what they differ from the background by.</param>
internal readonly record struct ScanInputRun(int First, int Count, double Mean, double Variance, double MeanSquare)
{
    /// <summary>Sum of their values.</summary>
    public double Sum => Count * Mean;

    /// <summary>Sum of their squares.</summary>
    public double SumOfSquares => Count * ((Mean * Mean) + Variance);

    /// <summary>A run of inputs.</summary>
    public static ScanInputRun Of(ReadOnlySpan<ScanInput> sorted, int first, int count, float background)
    {
        ReadOnlySpan<ScanInput> inputs = sorted.Slice(first, count);
        double mean = 0;
        foreach (ScanInput input in inputs) mean += (double)input.Value / count;
        double variance = 0;
        foreach (ScanInput input in inputs) variance += (input.Value - mean) * (input.Value - mean) / count;
        return new ScanInputRun(first, count, mean, variance, variance + ((mean - background) * (mean - background)));
    }
}
