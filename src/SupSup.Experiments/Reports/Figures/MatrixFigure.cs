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
        int rows = matrix.Length;
        double[] known = [.. matrix.SelectMany(row => row).Where(double.IsFinite).DefaultIfEmpty(0)];

        Plot plot = Plots.New();
        plot.Title($"Accuracy on each task at each checkpoint: {result.Legend()}", 18);
        plot.XLabel("task (grey: not learned yet)", 13);
        plot.YLabel("tasks learned", 13);
        plot.Axes.Left.MinimumSize = 75;
        plot.HideGrid();
        Heatmap map = Plots.AddMap(plot, Cells(matrix));
        map.NaNCellColor = Color.FromHex("#eeeeee");
        (double lowest, double highest) = (Math.Min(known.Min(), known.Max() - Least), known.Max());
        map.ManualRange = new ScottPlot.Range(lowest, highest);
        plot.Add.ColorBar(map).Axis.TickGenerator = Plots.ShareTicks(highest - lowest);
        plot.Axes.Left.TickGenerator = new NumericManual(
            [.. Enumerable.Range(0, rows).Select(row => (double)row)],
            [.. result.Checkpoints.Select(at => at.TasksLearned.ToString(CultureInfo.InvariantCulture))]);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        return plot;
    }

    private static double[,] Cells(ImmutableArray<ImmutableArray<double>> matrix)
    {
        double[,] cells = new double[matrix.Length, matrix[^1].Length];
        for (int y = 0; y < matrix.Length; y++)
        {
            ImmutableArray<double> row = matrix[matrix.Length - 1 - y];
            for (int x = 0; x < cells.GetLength(1); x++) cells[y, x] = x < row.Length ? row[x] : double.NaN;
        }

        return cells;
    }
}
