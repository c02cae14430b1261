using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>Accuracy of runs against their output size s, on a logarithmic axis: the form of the paper's figure 6. Runs that differ in
/// nothing else are one curve.</summary>
internal static class OutputsFigure
{
    /// <summary>Draws it.</summary>
    /// <param name="results">The runs.</param>
    public static Plot Draw(IReadOnlyList<ExperimentResult> results)
    {
        Plot plot = Plots.New();
        plot.Title($"Accuracy against output size, {results.Max(result => result.Tasks)} tasks", 18);
        plot.XLabel("output size s", 13);
        plot.YLabel("accuracy, averaged over the tasks", 13);
        plot.Axes.Left.MinimumSize = 75;
        foreach ((IGrouping<string, ExperimentResult> same, int n) in results.GroupBy(Others).Select((same, n) => (same, n)))
        {
            Color color = CurvePlot.Colors[n % CurvePlot.Colors.Count];
            ExperimentResult[] runs = [.. same.OrderBy(result => result.Config.Outputs)];
            Scatter curve = plot.Add.Scatter(runs.Select(run => Point(run, run.Accuracy)).ToArray(), color);
            (curve.LegendText, curve.LineWidth, curve.MarkerSize) = ($"{runs[0].Legend()},\nobjective {Objective(runs[0])}", 3, 11);
            Scatter given = plot.Add.Scatter(runs.Select(run => Point(run, run.GivenTaskAccuracy)).ToArray(), color);
            (given.LineWidth, given.MarkerShape, given.MarkerSize, given.MarkerLineWidth) = (0, MarkerShape.OpenCircle, 15, 2);
            if (n == 0) given.LegendText = "circles: the task given";
        }

        double[] accuracies = [.. results.SelectMany(result => new[] { result.Accuracy, result.GivenTaskAccuracy })];
        double margin = Math.Max(0.002, 0.12 * (accuracies.Max() - accuracies.Min()));
        Plots.SetShares(plot, Math.Max(-0.02, accuracies.Min() - margin), Math.Min(1.01, accuracies.Max() + margin));
        int[] sizes = [.. results.Select(result => result.Config.Outputs).Distinct().Order()];
        plot.Axes.SetLimitsX(Math.Log10(sizes[0]) - 0.1, Math.Log10(sizes[^1]) + 0.1);
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. sizes.Select(size => Math.Log10(size))], [.. sizes.Select(size => size.ToString(CultureInfo.InvariantCulture))]);
        plot.ShowLegend(Edge.Right);
        return plot;
    }

    private static Coordinates Point(ExperimentResult result, double accuracy) => new(Math.Log10(result.Config.Outputs), accuracy);

    // H or G; null in settings is G where there are superfluous outputs, of which the figure has some.
    private static string Objective(ExperimentResult result) => result.Config.Objective ?? "G";

    private static string Others(ExperimentResult result) => ConfigJson.Write(
        result.Config with { Name = "", Description = "", Outputs = 2, Checkpoints = [], Queries = 0, Objective = Objective(result) });
}
