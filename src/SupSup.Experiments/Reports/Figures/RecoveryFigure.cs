using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SupSup.Experiments.Evaluation;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>How far the mask is from the one that was stored, by step of its recovery, a curve for each task.</summary>
internal sealed class RecoveryFigure : IRunFigure
{
    /// <inheritdoc/>
    public string Name => "recovery";

    /// <inheritdoc/>
    public bool Applies(ExperimentResult result) => result.Checkpoints[^1].Recoveries is { Length: > 0 };

    /// <inheritdoc/>
    public Plot Draw(ExperimentResult result)
    {
        Plot plot = Plots.New();
        foreach (MaskRecovery recovery in result.Checkpoints[^1].Recoveries!)
        {
            double[] steps = [.. Enumerable.Range(1, recovery.Distances.Length).Select(static step => (double)step)];
            double[] distances = [.. recovery.Distances.Select(static distance => (double)distance)];
            Scatter curve = plot.Add.Scatter(steps, distances, CurvePlot.Colors[recovery.Task % CurvePlot.Colors.Count]);
            string until = recovery.Steps is { } recovered ? $"recovered after {recovered}" : "not recovered";
            (curve.LegendText, curve.LineWidth, curve.MarkerSize) = ($"task {recovery.Task}, {until}", 3, 6);
        }

        plot.Title($"Masks recovered from reservoirs: {result.Tasks} {result.Config.Family} {result.Config.DatasetTitle} tasks", 18);
        plot.XLabel("steps", 13);
        plot.YLabel("gains that differ from the mask that was stored", 13);
        plot.Axes.Left.MinimumSize = 75;
        plot.Axes.SetLimitsY(0, 1.05 * Math.Max(1, result.Checkpoints[^1].Recoveries!.Value.Max(static one => one.Distances.Max())));
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        plot.ShowLegend(Edge.Right);
        return plot;
    }
}
