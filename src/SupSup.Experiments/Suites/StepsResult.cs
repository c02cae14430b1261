using System.Collections.Immutable;
using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SupSup.Core.Inference;
using SupSup.Experiments.Reports;
using SupSup.Experiments.Reports.Figures;

namespace SupSup.Experiments.Suites;

/// <summary>What to measure of optimised inference.</summary>
/// <param name="Steps">Numbers of gradient steps, each at least 1.</param>
/// <param name="Images">Test images, as many of each task and at least one query about each.</param>
/// <param name="Objective">H or G; null is the run's.</param>
/// <param name="Layers">Which layers' terms are summed; null is as the run has it.</param>
public sealed record StepsOptions(ImmutableArray<int> Steps, int Images, string? Objective = null, LayerSelection? Layers = null);

/// <summary>What one algorithm does.</summary>
/// <param name="Inference">Its name.</param>
/// <param name="Steps">Gradient steps; null for algorithms that have no choice of them.</param>
/// <param name="TaskFound">Share of queries whose task was found.</param>
/// <param name="Accuracy">Share of images that are right by the run's scenario.</param>
/// <param name="Milliseconds">Mean processor time of a query.</param>
public sealed record StepsFigure(string Inference, int? Steps, double TaskFound, double Accuracy, double Milliseconds);

/// <summary>What optimised inference gains and costs by its number of steps, beside the other algorithms.</summary>
/// <param name="Name">The run's experiment.</param>
/// <param name="Tasks">Number of tasks.</param>
/// <param name="Objective">What gradients descend.</param>
/// <param name="Layers">Which layers' terms were summed.</param>
/// <param name="Queries">Number of queries.</param>
/// <param name="ImagesPerQuery">Images of a query, which share a task.</param>
/// <param name="GivenTaskAccuracy">Accuracy on the same images with the task given.</param>
/// <param name="Figures">What each does.</param>
/// <param name="Machine">What it was measured on.</param>
public sealed record StepsResult(
    string Name, int Tasks, string Objective, string Layers, int Queries, int ImagesPerQuery, double GivenTaskAccuracy,
    ImmutableArray<StepsFigure> Figures, string Machine)
{
    /// <summary>Writes the figure as PNG and SVG, and the table as CSV.</summary>
    /// <param name="path">The files, without extension.</param>
    public void Write(string path)
    {
        Csv.Write($"{path}.csv", ["inference", "steps", "taskFound", "accuracy", "milliseconds"], Figures.Select(
            figure => (object?[])[figure.Inference, figure.Steps, figure.TaskFound, figure.Accuracy, figure.Milliseconds]));
        RunFigures.Save(Draw(), path);
    }

    private Plot Draw()
    {
        Plot plot = Plots.New();
        plot.Title($"{Name}, {Tasks} tasks, {Objective}: task found against time", 18);
        plot.XLabel(
            $"milliseconds a query of {(ImagesPerQuery == 1 ? "one image" : $"{ImagesPerQuery} images that share a task")}", 13);
        plot.YLabel("share of queries whose task is found", 13);
        foreach ((IGrouping<string, StepsFigure> same, int n) in Figures.GroupBy(figure => figure.Inference)
            .Select((same, n) => (same, n)))
        {
            Coordinates[] points = [.. same.Select(figure => new Coordinates(Math.Log10(figure.Milliseconds), figure.TaskFound))];
            Scatter curve = plot.Add.Scatter(points, CurvePlot.Colors[n % CurvePlot.Colors.Count]);
            (curve.LegendText, curve.LineWidth, curve.MarkerSize) = (same.Key, 3, 11);
            foreach ((StepsFigure figure, Coordinates at) in same.Zip(points).Where(pair => pair.First.Steps is not null))
            {
                Text label = plot.Add.Text($"{figure.Steps}", at.X, at.Y);
                (label.LabelFontSize, label.LabelAlignment, label.OffsetY) = (12, Alignment.LowerCenter, -8);
            }
        }

        (double least, double most) = (Figures.Min(figure => figure.TaskFound), Figures.Max(figure => figure.TaskFound));
        double margin = Math.Max(0.002, 0.12 * (most - least));
        Plots.SetShares(plot, least - margin, most + margin);
        double[] ticks = [.. Enumerable.Range(-2, 7).SelectMany(power => new[] { 1, 2, 5 }.Select(first => first * Math.Pow(10, power)))];
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. ticks.Select(Math.Log10)], [.. ticks.Select(tick => tick.ToString("G3", CultureInfo.InvariantCulture))]);
        plot.ShowLegend(Edge.Right);
        return plot;
    }
}
