using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using SupSup.Experiments.Reports.Figures;

namespace SupSup.Experiments.Capacity;

/// <summary>Draws what a reservoir holds: across, how many masks are stored; up, the share of them that is recovered without an error. Each
/// storage rule has a curve for each share of units that the masks keep.</summary>
internal static class CapacityFigure
{
    public static Plot Draw(IEnumerable<CapacityPoint> points, int units, double flipped)
    {
        Plot plot = Plots.New();
        foreach ((IGrouping<(Core.Reservoirs.StorageRule Rule, double Kept), CapacityPoint> curve, int n) in points
            .GroupBy(static point => (point.Rule, point.Kept)).Select(static (curve, n) => (curve, n)))
        {
            Scatter scatter = plot.Add.Scatter(
                curve.Select(static point => (double)point.Masks).ToArray(), curve.Select(static point => point.Recovered).ToArray(),
                CurvePlot.Colors[n]);
            scatter.LegendText = string.Create(
                CultureInfo.InvariantCulture,
                $"{curve.Key.Rule}, {100 * curve.Key.Kept:F0} % of units kept:\nholds {CapacityRun.Holds(curve)} masks");
            (scatter.LineWidth, scatter.MarkerSize) = (3, 6);
        }

        plot.Title(string.Create(
            CultureInfo.InvariantCulture,
            $"Random masks that a reservoir of {units} units gives back whole, {100 * flipped:F0} % of units flipped"), 18);
        plot.XLabel("masks stored", 13);
        plot.YLabel("share of masks recovered without an error", 13);
        plot.Axes.Left.MinimumSize = 75;
        Plots.SetShares(plot, -0.02, 1.02);
        plot.ShowLegend(Edge.Right);
        return plot;
    }
}
