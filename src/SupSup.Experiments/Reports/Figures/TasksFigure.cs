using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>Accuracy on each task after the last, a point for each.</summary>
internal sealed class TasksFigure : IRunFigure
{
    /// <inheritdoc/>
    public string Name => "tasks";

    /// <inheritdoc/>
    public bool Applies(ExperimentResult result) => result.Checkpoints[^1].Tasks.Any(task => double.IsFinite(task.Accuracy));

    /// <inheritdoc/>
    public Plot Draw(ExperimentResult result)
    {
        CheckpointResult last = result.Checkpoints[^1];
        Coordinates[] points =
            [.. last.Tasks.Where(task => double.IsFinite(task.Accuracy)).Select(task => new Coordinates(task.Task, task.Accuracy))];
        Plot plot = Plots.New();
        plot.Title(
            $"Each task after all {last.TasksLearned}: {result.Config.Family} {result.Config.DatasetTitle}, "
                + $"{result.Config.Network}", 18);
        plot.XLabel("task", 13);
        plot.YLabel("accuracy on its test images", 13);
        plot.Axes.Left.MinimumSize = 75;
        HorizontalLine mean = plot.Add.HorizontalLine(points.Average(point => point.Y), width: 1.5f, color: Color.FromHex("#c0392b"));
        mean.LegendText = $"average {Numbers.Share(points.Average(point => point.Y))}";
        Markers markers = plot.Add.Markers(points, MarkerShape.FilledCircle, Math.Clamp(300f / points.Length, 3, 10), CurvePlot.Colors[0]);
        markers.LegendText = result.Legend();
        double side = Math.Max(0.5, 0.02 * last.TasksLearned);
        double lowest = points.Min(point => point.Y);
        double highest = points.Max(point => point.Y);
        double margin = Math.Max(0.005, 0.08 * (highest - lowest));
        plot.Axes.SetLimitsX(-side, last.TasksLearned - 1 + side);
        Plots.SetShares(plot, Math.Max(-0.02, lowest - margin), Math.Min(1.01, highest + margin));
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.ShowLegend(Edge.Bottom);
        return plot;
    }
}
