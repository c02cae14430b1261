using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>
/// Accuracy of runs against the bytes that they keep for a task, on a logarithmic axis: the form of the paper's figure of SplitCIFAR100.
/// Runs that differ in the density of their masks are one curve.
/// </summary>
internal static class BytesFigure
{
    private const double Around = 0.12;
    private const string TopK = "top-k:";
    private const string OfRandomGraph = "er-";

    /// <summary>Draws it.</summary>
    /// <param name="results">The runs.</param>
    public static Plot Draw(IReadOnlyList<ExperimentResult> results)
    {
        Plot plot = Plots.New();
        plot.Title($"{results[0].Title()}: accuracy against bytes", 18);
        plot.XLabel("bytes kept for a task", 13);
        plot.YLabel("accuracy, averaged over the tasks", 13);
        plot.Axes.Left.MinimumSize = 75;

        // The same masks as files of a bit a weight, where a run keeps such.
        ExperimentResult[] plain = [.. results.Where(result => Stored(result) < 0.99 * result.BytesPerTask)];
        if (plain.Length > 0)
        {
            Scatter circles = Add(plot, "the same masks, a bit for each weight", plain, result => result.BytesPerTask, Colors.Gray);
            circles.LineWidth = 0;
            circles.MarkerShape = MarkerShape.OpenCircle;
            circles.MarkerLineWidth = 2;
        }

        (string Legend, ExperimentResult[] Runs)[] curves = Curves(results);
        foreach (((string legend, ExperimentResult[] runs), int n) in curves.Select((curve, n) => (curve, n)))
        {
            Color color = CurvePlot.Colors[n % CurvePlot.Colors.Count];
            Add(plot, legend, runs, Stored, color).LineWidth = 3;
            foreach (ExperimentResult result in runs) Label(plot, result, color);
        }

        SetLimits(plot, [.. results.Select(Stored), .. plain.Select(result => result.BytesPerTask)], results);
        plot.ShowLegend(Edge.Right);
        return plot;
    }

    // Bytes of a task as a silo stores it, or as the run keeps it.
    private static double Stored(ExperimentResult result) => result.Encoded?.Shortest ?? result.BytesPerTask;

    private static (string Legend, ExperimentResult[] Runs)[] Curves(IReadOnlyList<ExperimentResult> results)
    {
        (string Legend, ExperimentResult[] Runs)[] curves = [.. results
            .GroupBy(result => ConfigJson.Write(result.Config with
            {
                Name = "", Description = "", Checkpoints = [], Queries = 0, MaskRule = Kind(result) is { } kind ? $"{kind}1" : null,
            }))
            .Select(group => (Legend(group.First()), group.OrderBy(Stored).ToArray()))];
        return [.. curves.Select(curve => curves.Count(other => other.Legend == curve.Legend) == 1
            ? curve : ($"{curve.Legend},\n{curve.Runs[0].Config.TrainedBy().Batches} batches a task", curve.Runs))];
    }

    private static string Legend(ExperimentResult result) => result.Legend() + (result.Config.Transfer ? ", with transfer" : "")
        + (result.Config.Method != "supsup" ? "" : Kind(result) switch
        {
            null => $",\nmask rule {result.Config.Rule.Name}",
            TopK => ",\nthe same share of each layer",
            _ => ",\nshares as of a random graph (er-k)",
        });

    // Of rules that keep a share of the weights, which kind; null for others.
    private static string? Kind(ExperimentResult result)
    {
        if (result.Config.MaskRule is not { } rule || !rule.StartsWith(TopK, StringComparison.Ordinal)) return null;
        return rule[TopK.Length..].StartsWith(OfRandomGraph, StringComparison.Ordinal) ? TopK + OfRandomGraph : TopK;
    }

    private static Scatter Add(
        Plot plot, string legend, IEnumerable<ExperimentResult> runs, Func<ExperimentResult, double> bytes, Color color)
    {
        Scatter curve = plot.Add.Scatter(
            runs.Select(result => new Coordinates(Math.Log10(bytes(result)), result.Accuracy)).ToArray(), color);
        curve.LegendText = legend;
        curve.MarkerSize = 11;
        return curve;
    }

    private static void Label(Plot plot, ExperimentResult result, Color color)
    {
        if (Kind(result) is not { } kind) return;
        string density = result.Config.MaskRule![kind.Length..];
        double share = kind == TopK ? double.Parse(density, CultureInfo.InvariantCulture) : 0;
        Text label = plot.Add.Text(
            kind == TopK ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.##} %") : $"k = {density}",
            Math.Log10(Stored(result)), result.Accuracy);
        (label.LabelFontColor, label.LabelFontSize, label.LabelAlignment) = (color, 12, Alignment.UpperLeft);
        (label.OffsetX, label.OffsetY) = (5, 4);
    }

    private static void SetLimits(Plot plot, double[] bytes, IReadOnlyList<ExperimentResult> results)
    {
        (double least, double most) = (Math.Log10(bytes.Min()), Math.Log10(bytes.Max()));
        double side = Math.Max(0.1, Around * (most - least));
        plot.Axes.SetLimitsX(least - side, most + side);
        (double lowest, double highest) = (results.Min(result => result.Accuracy), results.Max(result => result.Accuracy));
        double margin = Math.Max(0.01, Around * (highest - lowest));
        Plots.SetShares(plot, Math.Max(-0.02, lowest - margin), Math.Min(1.01, highest + margin));

        // 1, 2 and 5 of each power of ten.
        double[] ticks = [.. Enumerable.Range((int)Math.Floor(least - side), (int)Math.Ceiling(most - least + (2 * side)) + 2)
            .SelectMany(power => new[] { 1, 2, 5 }.Select(first => first * Math.Pow(10, power)))];
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. ticks.Select(Math.Log10)], [.. ticks.Select(Amount)]);
    }

    private static string Amount(double bytes)
    {
        (double amount, string unit) = bytes switch
        {
            < 1e3 => (bytes, "B"),
            < 1e6 => (bytes / 1e3, "KB"),
            < 1e9 => (bytes / 1e6, "MB"),
            _ => (bytes / 1e9, "GB"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{amount:0.#} {unit}");
    }
}
