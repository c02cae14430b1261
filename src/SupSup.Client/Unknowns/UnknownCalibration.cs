using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>Finds the lead up to which an input counts as unknown, from leads of samples of known tasks.</summary>
internal static class UnknownCalibration
{
    /// <summary>Rows asked about at once.</summary>
    public const int RowsAtOnce = 256;

    /// <summary>Rejects invalid input before anything is inferred.</summary>
    /// <exception cref="SupSupException">InvalidRequest.</exception>
    public static void Check(InputBatch samples, double rate)
    {
        if (!(rate > 0 && rate < 1))
            throw new SupSupException(SupSupError.InvalidRequest, $"a false-alarm rate of {rate} is invalid; use a share between 0 and 1");
        if (samples.Rows < 1 || samples.Values.Length % samples.Rows != 0)
            throw new SupSupException(SupSupError.InvalidRequest,
                $"{samples.Values.Length} values do not fill {samples.Rows} rows; send at least one row, row by row");
        if (samples.Rows / 2 * rate < 1)
            throw new SupSupException(SupSupError.InvalidRequest,
                $"{samples.Rows} samples are too few for a false-alarm rate of {rate}; send {Math.Ceiling(1 / rate) * 2} or more");
    }

    /// <summary>The threshold from every other lead; its rate from the rest.</summary>
    public static UnknownThreshold Threshold(double[] leads, double rate)
    {
        double[] made = [.. leads.Where((_, row) => row % 2 == 0).Order()];
        double[] held = [.. leads.Where((_, row) => row % 2 == 1)];
        double upTo = made[(int)(made.Length * rate) - 1];
        return new UnknownThreshold(upTo, rate, (double)held.Count(lead => lead <= upTo) / held.Length);
    }
}
