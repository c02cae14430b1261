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

    // Labels nearer to each other than this share of the axis would overlap.
    private const double LabelWidth = 0.07;
    private const string TopK = "top-k:";
    private const string OfRandomGraph = "er-";

    /// <summary>Draws it.</summary>
    /// <param name="results">The runs.</param>
    public static Plot Draw(IReadOnlyList<ExperimentResult> results)
    {
        Plot plot = Plots.New();
        plot.Title($"Accuracy against bytes: {results.MaxBy(result => result.Tasks)!.Title()}", 13);
        plot.XLabel("bytes kept for a task", 13);
        plot.YLabel("accuracy, averaged over the tasks", 13);
        plot.Axes.Left.MinimumSize = 75;

        // What the same masks take as files of a bit a weight, where a run keeps such.
        double[] plain = [.. results.Where(result => Stored(result) < 0.99 * result.BytesPerTask)
            .Select(result => Math.Round(Math.Log10(result.BytesPerTask), 4)).Distinct()];
        foreach (double bytes in plain)
            plot.Add.VerticalLine(bytes, width: 1.5f, color: Colors.Gray).LegendText =
                $"a bit for each weight: {Amount(Math.Pow(10, bytes))}";
        double span = SetLimits(plot, [.. results.Select(result => Math.Log10(Stored(result))), .. plain], results);

        (string Legend, ExperimentResult[] Runs)[] curves = Curves(results);
        ExperimentResult[] upper = curves.Select(curve => curve.Runs).Where(runs => Kind(runs[0]) is not null)
            .MaxBy(runs => runs.Average(result => result.Accuracy)) ?? [];
        foreach (((string legend, ExperimentResult[] runs), int n) in curves.Select((curve, n) => (curve, n)))
        {
            Color color = CurvePlot.Colors[n % CurvePlot.Colors.Count];
            Scatter curve = plot.Add.Scatter(
                runs.Select(result => new Coordinates(Math.Log10(Stored(result)), result.Accuracy)).ToArray(), color);
            (curve.LegendText, curve.LineWidth, curve.MarkerSize) = (legend, 3, 11);
            Label(plot, runs, runs == upper, LabelWidth * span, color);
        }

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
        if (results.Select(result => result.Tasks).Distinct().Count() > 1)
            curves = [.. curves.Select(curve => ($"{curve.Legend},\n{curve.Runs[0].Tasks} tasks", curve.Runs))];
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

    // Densities, above the upper curve and below the others, but where the last label is too near.
    private static void Label(Plot plot, ExperimentResult[] runs, bool isAbove, double width, Color color)
    {
        double last = double.NegativeInfinity;
        foreach (ExperimentResult result in runs)
        {
            if (Kind(result) is not { } kind) continue;
            string density = result.Config.MaskRule![kind.Length..];
            double share = kind == TopK ? double.Parse(density, CultureInfo.InvariantCulture) : 0, bytes = Math.Log10(Stored(result));
            Text label = plot.Add.Text(
                kind == TopK ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.##} %") : $"k = {density}",
                bytes, result.Accuracy);
            bool above = isAbove != (bytes - last < width);
            (label.LabelFontColor, label.LabelFontSize) = (color, 12);
            label.LabelAlignment = above ? Alignment.LowerRight : Alignment.UpperLeft;
            (label.OffsetX, label.OffsetY) = above ? (0, -6) : (2, 6);
            if (above == isAbove) last = bytes;
        }
    }

    // Of the logarithms of bytes; a power of ten at least, so that there are ticks. Returns how far the axis reaches.
    private static double SetLimits(Plot plot, double[] bytes, IReadOnlyList<ExperimentResult> results)
    {
        (double least, double most) = (bytes.Min(), bytes.Max());
        double side = Math.Max((1 - most + least) / 2, Around * (most - least));
        plot.Axes.SetLimitsX(least - side, most + side);
        (double lowest, double highest) = (results.Min(result => result.Accuracy), results.Max(result => result.Accuracy));
        double margin = Math.Max(0.01, Around * (highest - lowest));
        Plots.SetShares(plot, Math.Max(-0.02, lowest - margin), Math.Min(1.01, highest + margin));

        // 1, 2 and 5 of each power of ten.
        double[] ticks = [.. Enumerable.Range((int)Math.Floor(least - side), (int)Math.Ceiling(most - least + (2 * side)) + 2)
            .SelectMany(power => new[] { 1, 2, 5 }.Select(first => first * Math.Pow(10, power)))];
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. ticks.Select(Math.Log10)], [.. ticks.Select(Amount)]);
        return most - least + (2 * side);
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
