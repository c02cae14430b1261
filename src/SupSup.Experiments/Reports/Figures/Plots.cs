using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>Empty plots in the style of all figures.</summary>
public static class Plots
{
    // The library's own choice is the system's first font, which has serifs on many; those that machines without a screen have come first.
    private static readonly string[] Fonts = ["DejaVu Sans", "Liberation Sans", "Noto Sans", "Arial", "Helvetica"];

    static Plots() => ScottPlot.Fonts.Default =
        Fonts.FirstOrDefault(SKFontManager.Default.FontFamilies.Contains) ?? ScottPlot.Fonts.Sans;

    /// <summary>A new one.</summary>
    public static Plot New() => new();

    /// <summary>Sets the upright limits of a plot of shares, whose ticks all have as many digits.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="lowest">Lower limit.</param>
    /// <param name="highest">Upper limit.</param>
    public static void SetShares(Plot plot, double lowest, double highest)
    {
        const int Ticks = 12;
        ArgumentNullException.ThrowIfNull(plot);
        string format = $"F{Math.Clamp((int)Math.Ceiling(-Math.Log10((highest - lowest) / Ticks)), 2, 5)}";
        plot.Axes.SetLimitsY(lowest, highest);
        plot.Axes.Left.TickGenerator =
            new NumericAutomatic { LabelFormatter = share => share.ToString(format, CultureInfo.InvariantCulture) };
    }
}
