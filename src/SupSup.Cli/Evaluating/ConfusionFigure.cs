using ScottPlot;
using SupSup.Experiments.Reports.Figures;

namespace SupSup.Cli.Evaluating;

/// <summary>What is taken for what, as pictures: a matrix of tasks and, below it, one of the classes of each task.</summary>
internal static class ConfusionFigure
{
    private const int Side = 620;
    private const int MostClassMatrices = 11;
    private const int MostNamed = 40;

    /// <summary>Draws a PNG. Each row of a matrix is of a truth, and sums to 1; the colours are the same in all.</summary>
    public static byte[] Draw(ModelOutcome outcome)
    {
        int[] found = outcome.FoundTasks();
        List<Plot> plots =
        [
            Matrix("which task was found", "task", [.. outcome.Tasks.Select(one => outcome.TaskName(one.Task))],
                [.. found.Select(outcome.TaskName)], [.. outcome.Tasks.Select(one => one.FoundTasks())], found),
        ];
        foreach (TaskOutcome one in outcome.Tasks.Take(MostClassMatrices))
        {
            int[] labels = [.. one.Labels], classes = one.AnsweredClasses();
            plots.Add(Matrix(
                $"{outcome.TaskName(one.Task)}: which class, the task given", "class",
                [.. labels.Select(label => outcome.ClassName(one.Task, label))],
                [.. classes.Select(label => outcome.ClassName(one.Task, label))], [.. labels.Select(one.GivenClasses)], classes));
        }

        int columns = Math.Min(3, plots.Count), rows = (plots.Count + columns - 1) / columns;
        Multiplot all = new();
        all.RemovePlot(all.GetPlot(0)); // it begins with an empty one
        foreach (Plot plot in plots) all.AddPlot(plot);
        all.Layout = new ScottPlot.MultiplotLayouts.Grid(rows, columns);
        return all.Render(columns * Side, rows * Side).GetImageBytes(ImageFormat.Png);
    }

    private static Plot Matrix(
        string title, string kind, string[] truths, string[] answers, Dictionary<int, int>[] counts, int[] columns)
    {
        double[,] shares = new double[truths.Length, answers.Length];
        for (int row = 0; row < truths.Length; row++)
            for (int column = 0; column < answers.Length; column++)
                shares[row, column] = counts[row].GetValueOrDefault(columns[column]) / (double)Math.Max(1, counts[row].Values.Sum());
        Plot plot = Plots.New();
        plot.Title($"{title} (% of the row)");
        plot.YLabel($"true {kind}");
        plot.XLabel($"answered {kind}");
        var heat = plot.Add.Heatmap(shares);
        heat.Colormap = new ScottPlot.Colormaps.CustomInterpolated([Colors.White, Color.FromHex("#9ecae1"), Color.FromHex("#08306b")]);
        heat.ManualRange = new(0, 1); // or a matrix without errors would look like one with many
        if (Math.Max(truths.Length, answers.Length) <= 15)
            for (int row = 0; row < truths.Length; row++)
                for (int column = 0; column < answers.Length; column++)
                    if (shares[row, column] >= 0.005) Number(plot, shares[row, column], column, truths.Length - 1 - row);
        plot.Axes.Left.TickGenerator = Names([.. truths.Reverse()]);
        plot.Axes.Bottom.TickGenerator = Names(answers);
        plot.Axes.Bottom.TickLabelStyle.Rotation = answers.Length > 4 ? 45 : 0;
        plot.Axes.Bottom.TickLabelStyle.Alignment = answers.Length > 4 ? Alignment.MiddleLeft : Alignment.UpperCenter;
        plot.Axes.Bottom.MinimumSize = answers.Length > 4 ? 90 : 30;
        plot.Axes.Left.MinimumSize = 110;
        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, answers.Length - 0.5, -0.5, truths.Length - 0.5);
        return plot;
    }

    private static void Number(Plot plot, double share, int x, int y)
    {
        var text = plot.Add.Text($"{100 * share:F0}", x, y);
        text.LabelFontColor = share > 0.6 ? Colors.White : Colors.Black;
        text.LabelAlignment = Alignment.MiddleCenter;
        text.LabelFontSize = 12;
    }

    private static ScottPlot.TickGenerators.NumericManual Names(string[] names)
    {
        int step = (names.Length + MostNamed - 1) / MostNamed;
        ScottPlot.TickGenerators.NumericManual ticks = new();
        for (int n = 0; n < names.Length; n += step)
            ticks.AddMajor(n, names[n].Length > 18 ? $"{names[n][..17]}…" : names[n]);
        return ticks;
    }
}
