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
    public static Plot New()
    {
        Plot plot = new();
        foreach (IAxis axis in new IAxis[] { plot.Axes.Bottom, plot.Axes.Left })
            (axis.Label.Bold, axis.Label.FontSize) = (false, 13);
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        return plot;
    }

    /// <summary>Sets the upright limits of a plot of shares.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="lowest">Lower limit.</param>
    /// <param name="highest">Upper limit.</param>
    public static void SetShares(Plot plot, double lowest, double highest)
    {
        ArgumentNullException.ThrowIfNull(plot);
        plot.Axes.SetLimitsY(lowest, highest);
        plot.Axes.Left.TickGenerator = ShareTicks(highest - lowest);
    }

    /// <summary>Ticks of shares, whose labels all have as many digits.</summary>
    /// <param name="span">How far the axis reaches, above 0.</param>
    internal static NumericAutomatic ShareTicks(double span)
    {
        const int Ticks = 12;
        string format = $"F{Math.Clamp((int)Math.Ceiling(-Math.Log10(span / Ticks)), 2, 5)}";
        return new() { LabelFormatter = share => share.ToString(format, CultureInfo.InvariantCulture) };
    }
}
