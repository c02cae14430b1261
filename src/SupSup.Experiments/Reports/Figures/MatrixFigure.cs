using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SupSup.Experiments.Evaluation;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>The accuracy matrix R as a map: a row for each checkpoint, the last at the top, a column for each task.</summary>
internal sealed class MatrixFigure : IRunFigure
{
    /// <inheritdoc/>
    public string Name => "matrix";

    /// <inheritdoc/>
    public bool Applies(ExperimentResult result) => result.Checkpoints.Length >= 2;

    /// <inheritdoc/>
    public Plot Draw(ExperimentResult result)
    {
        int rows = result.Checkpoints.Length;
        int columns = result.Checkpoints[^1].Tasks.Length;
        double[,] cells = new double[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            var tasks = result.Checkpoints[rows - 1 - row].Tasks;
            for (int task = 0; task < columns; task++) cells[row, task] = task < tasks.Length ? tasks[task].Accuracy : double.NaN;
        }

        Plot plot = new();
        plot.Title($"Accuracy on each task at each checkpoint: {result.Legend()}", 18);
        plot.XLabel("task", 13);
        plot.YLabel("tasks learned", 13);
        plot.Axes.Bottom.Label.Bold = false;
        plot.Axes.Left.Label.Bold = false;
        plot.HideGrid();
        Heatmap map = plot.Add.Heatmap(cells);
        map.Colormap = new ScottPlot.Colormaps.Viridis();
        map.NaNCellColor = Color.FromHex("#eeeeee");
        map.Position = new CoordinateRect(-0.5, columns - 0.5, -0.5, rows - 0.5);
        double[] known = [.. cells.Cast<double>().Where(double.IsFinite).DefaultIfEmpty(0)];
        map.ManualRange = new ScottPlot.Range(known.Min(), Math.Max(known.Max(), known.Min() + 0.001));
        var bar = plot.Add.ColorBar(map);
        bar.Label = "accuracy (grey: not learned yet)";
        bar.LabelStyle.Bold = false;
        bar.LabelStyle.FontSize = 13;
        plot.Axes.SetLimits(-0.5, columns - 0.5, -0.5, rows - 0.5);
        plot.Axes.Left.TickGenerator = new NumericManual(
            [.. Enumerable.Range(0, rows).Select(row => (double)row)], [.. result.Checkpoints.Select(at => at.TasksLearned.ToString(CultureInfo.InvariantCulture))]);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        return plot;
    }
}
