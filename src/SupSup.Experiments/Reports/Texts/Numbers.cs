using System.Globalization;

namespace SupSup.Experiments.Reports.Texts;

/// <summary>How numbers read in texts for people.</summary>
internal static class Numbers
{
    /// <summary>A share to four digits, as in .9346.</summary>
    public static string Share(double value) => double.IsNaN(value) ? "–" : value.ToString(".0000", CultureInfo.InvariantCulture);

    /// <summary>A share with the digits it was given, as in .936.</summary>
    public static string Digits(double value) => value.ToString(".0###", CultureInfo.InvariantCulture);

    /// <summary>A difference of shares, with its sign.</summary>
    public static string Difference(double value) =>
        double.IsNaN(value) ? "–" : value.ToString("+.0000;−.0000;.0000", CultureInfo.InvariantCulture);

    /// <summary>A percentage to two digits.</summary>
    public static string Percent(double value) =>
        double.IsNaN(value) ? "–" : string.Create(CultureInfo.InvariantCulture, $"{100 * value:F2} %");

    /// <summary>Mean ± sample deviation, as in .9346 ± .0012; of a single value that value, and of none that was measured its text alone.
    /// </summary>
    /// <param name="values">The values, at least one.</param>
    /// <param name="text">How one reads.</param>
    public static string Spread(IReadOnlyCollection<double> values, Func<double, string> text)
    {
        double mean = values.Average();
        return values.Count == 1 || double.IsNaN(mean)
            ? text(mean)
            : $"{text(mean)} ± {text(Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1)))}";
    }

    /// <summary>A number to one digit.</summary>
    public static string OneDigit(double value) =>
        double.IsNaN(value) ? "–" : value.ToString("F1", CultureInfo.InvariantCulture);

    /// <summary>A whole number with its thousands apart.</summary>
    public static string Whole(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A span of time in the two largest units that it has.</summary>
    public static string Time(double seconds)
    {
        TimeSpan time = TimeSpan.FromSeconds(Math.Round(seconds));
        return time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min"
            : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s"
            : string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s");
    }
}
