using System.Collections.Immutable;
using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>The accuracy matrix R as a map: a row for each checkpoint, the last at the top, a column for each task.</summary>
internal sealed class MatrixFigure : IRunFigure
{
    // The map is a picture of this size at least, so that viewers that smooth what they enlarge leave its cells sharp.
    private const int Pixels = 800;

    // The colours span at least this share: over less, tasks that are equally good would look different.
    private const double Least = 0.1;

    /// <inheritdoc/>
    public string Name => "matrix";

    /// <inheritdoc/>
    public bool Applies(ExperimentResult result) => result.Checkpoints.Length >= 2;

    /// <inheritdoc/>
    public Plot Draw(ExperimentResult result)
    {
        ImmutableArray<ImmutableArray<double>> matrix = ContinualMetrics.AccuracyMatrix(result.Checkpoints);
        (int rows, int columns) = (matrix.Length, matrix[^1].Length);
        (int high, int wide) = (Repeats(rows), Repeats(columns));
        double[] known = [.. matrix.SelectMany(row => row).Where(double.IsFinite).DefaultIfEmpty(0)];

        Plot plot = Plots.New();
        plot.Title($"Accuracy on each task at each checkpoint: {result.Legend()}", 18);
        plot.XLabel("task (grey: not learned yet)", 13);
        plot.YLabel("tasks learned", 13);
        plot.Axes.Left.MinimumSize = 75;
        plot.HideGrid();
        Heatmap map = plot.Add.Heatmap(Cells(matrix, high, wide));
        map.Colormap = new ScottPlot.Colormaps.Viridis();
        map.NaNCellColor = Color.FromHex("#eeeeee");
        (double lowest, double highest) = (Math.Min(known.Min(), known.Max() - Least), known.Max());
        map.ManualRange = new ScottPlot.Range(lowest, highest);

        // The centres of the corner pixels.
        map.Position = new CoordinateRect(
            -0.5 + (0.5 / wide), columns - 0.5 - (0.5 / wide), -0.5 + (0.5 / high), rows - 0.5 - (0.5 / high));
        plot.Add.ColorBar(map).Axis.TickGenerator = Plots.ShareTicks(highest - lowest);
        plot.Axes.SetLimits(-0.5, columns - 0.5, -0.5, rows - 0.5);
        plot.Axes.Left.TickGenerator = new NumericManual(
            [.. Enumerable.Range(0, rows).Select(row => (double)row)],
            [.. result.Checkpoints.Select(at => at.TasksLearned.ToString(CultureInfo.InvariantCulture))]);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        return plot;
    }

    private static int Repeats(int cells) => (Pixels + cells - 1) / cells;

    private static double[,] Cells(ImmutableArray<ImmutableArray<double>> matrix, int high, int wide)
    {
        double[,] cells = new double[matrix.Length * high, matrix[^1].Length * wide];
        for (int y = 0; y < cells.GetLength(0); y++)
        {
            ImmutableArray<double> row = matrix[matrix.Length - 1 - (y / high)];
            for (int x = 0; x < cells.GetLength(1); x++) cells[y, x] = x / wide < row.Length ? row[x / wide] : double.NaN;
        }

        return cells;
    }
}
