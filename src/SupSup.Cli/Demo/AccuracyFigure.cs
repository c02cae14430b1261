using ScottPlot;
using SupSup.Experiments.Reports.Figures;

namespace SupSup.Cli.Demo;

/// <summary>Accuracy against tasks learned, in the form of the paper's figure, with the paper's curve beside it.</summary>
internal static class AccuracyFigure
{
    private const int Width = 900;
    private const int Height = 560;

    // Read off the paper's PermutedMNIST plot: LeNet-300-100, s = 500, One-shot, GNu, which is level over 2500 tasks.
    private const double PaperAccuracy = 0.9345;

    /// <summary>Writes a PNG.</summary>
    public static void SavePng(DemoReport report, string path) => Draw(report).SavePng(path, Width, Height);

    /// <summary>Writes an SVG.</summary>
    public static void SaveSvg(DemoReport report, string path) => Draw(report).SaveSvg(path, Width, Height);

    private static Plot Draw(DemoReport report)
    {
        double[] learned = [.. report.Curve.Select(point => (double)point.TasksLearned)];
        double[] given = [.. report.Curve.Select(point => point.GivenTaskAccuracy)];
        double[] inferred = [.. report.Curve.Select(point => point.Accuracy)];
        bool hasPaper = report is { Dataset: "mnist", Network: "lenet-300-100", Outputs: 500 };

        // Solid lines only: the SVG writer cannot dash.
        Plot plot = Plots.New();
        plot.Title($"Permuted {Path.GetFileName(report.Dataset)}: {report.Tasks} tasks, one mask each, none forgotten");
        plot.XLabel("tasks learned");
        plot.YLabel("accuracy, averaged over the tasks learned");

        var upper = plot.Add.Scatter(learned, given, Colors.Gray);
        upper.LegendText = "task given";
        upper.LineWidth = 0;
        upper.MarkerShape = MarkerShape.OpenCircle;
        upper.MarkerSize = 15;
        upper.MarkerLineWidth = 2;
        var ours = plot.Add.Scatter(learned, inferred, Color.FromHex("#1f6fb2"));
        ours.LegendText = "SupSup, task inferred from one image (GNu)";
        ours.LineWidth = 3;
        ours.MarkerSize = 8;
        if (hasPaper)
        {
            var paper = plot.Add.HorizontalLine(PaperAccuracy, width: 2, color: Color.FromHex("#c0392b"));
            paper.LegendText = "paper, GNu, 2500 tasks (LeNet-300-100, 1000 batches; read off its plot)";
        }

        double[] all = [.. given, .. inferred, .. hasPaper ? [PaperAccuracy] : Array.Empty<double>()];
        double margin = Math.Max(0.01, (all.Max() - all.Min()) * 0.4);
        plot.Axes.SetLimitsX(learned[0] - (0.03 * report.Tasks), learned[^1] + (0.03 * report.Tasks));
        Plots.SetShares(plot, Math.Max(0, all.Min() - margin), Math.Min(1, all.Max() + margin));
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };
        plot.ShowLegend(Edge.Bottom);
        return plot;
    }
}
