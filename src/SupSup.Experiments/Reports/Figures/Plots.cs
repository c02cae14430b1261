using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>Empty plots in the style of all figures.</summary>
public static class Plots
{
    // A map is a picture of this size at least, so that viewers that smooth what they enlarge leave its cells sharp.
    private const int MapPixels = 800;

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

    /// <summary>Adds a map of numbers, and sets the plot's limits to it: cell (row, column) is around the point (column, rows - 1 - row).
    /// </summary>
    /// <param name="plot">The plot.</param>
    /// <param name="cells">The numbers, the top row first.</param>
    internal static Heatmap AddMap(Plot plot, double[,] cells)
    {
        (int rows, int columns) = (cells.GetLength(0), cells.GetLength(1));
        (int high, int wide) = (Repeats(rows), Repeats(columns));
        double[,] pixels = new double[rows * high, columns * wide];
        for (int y = 0; y < pixels.GetLength(0); y++)
            for (int x = 0; x < pixels.GetLength(1); x++) pixels[y, x] = cells[y / high, x / wide];
        Heatmap map = plot.Add.Heatmap(pixels);
        map.Colormap = new ScottPlot.Colormaps.Viridis();

        // The centres of the corner pixels.
        map.Position = new CoordinateRect(
            -0.5 + (0.5 / wide), columns - 0.5 - (0.5 / wide), -0.5 + (0.5 / high), rows - 0.5 - (0.5 / high));
        plot.Axes.SetLimits(-0.5, columns - 0.5, -0.5, rows - 0.5);
        return map;

        static int Repeats(int cells) => (MapPixels + cells - 1) / cells;
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
