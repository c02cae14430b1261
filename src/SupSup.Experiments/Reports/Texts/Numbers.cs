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
