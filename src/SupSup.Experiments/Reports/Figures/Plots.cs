using ScottPlot;
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
}
