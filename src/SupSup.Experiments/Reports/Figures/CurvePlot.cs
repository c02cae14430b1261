using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SupSup.Experiments.Reports.Paper;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>A plot of accuracy against tasks learned, in the form of the paper's, with its levels as thin lines.</summary>
/// <param name="plot">The plot, empty.</param>
/// <param name="title">Title.</param>
internal sealed class CurvePlot(Plot plot, string title)
{
    // A curve that falls farther than this below the best leaves the frame, unless most do: the others could not be told apart.
    private const double Depth = 0.12;

    private static readonly Color[] PaperColors =
        [.. new[] { "#555555", "#c0392b", "#e59866", "#7d8f2b", "#b7a06a", "#a04000", "#999999" }.Select(Color.FromHex)];

    private readonly List<(Scatter Plottable, Coordinates[] Points)> _curves = [];
    private readonly List<PaperLevel> _levels = [];
    private string _note = "";

    /// <summary>Colours of curves, which differ from those of the paper's.</summary>
    public static IReadOnlyList<Color> Colors { get; } =
        [.. new[] { "#1f6fb2", "#27ae60", "#8e44ad", "#17a2b8", "#d6498f", "#2c3e50", "#e0a500", "#795548" }.Select(Color.FromHex)];

    /// <summary>Adds a curve.</summary>
    /// <param name="name">Its legend.</param>
    /// <param name="points">Tasks learned and accuracy; those that are NaN are left out.</param>
    /// <param name="color">Its colour.</param>
    public void Curve(string name, IEnumerable<(int Learned, double Accuracy)> points, Color color)
    {
        if (Add(name, points, color) is not { } curve) return;
        curve.LineWidth = 3;
        curve.MarkerSize = 8;
    }

    /// <summary>Adds open circles.</summary>
    public void Circles(string name, IEnumerable<(int Learned, double Accuracy)> points, Color color)
    {
        if (Add(name, points, color) is not { } circles) return;
        circles.LineWidth = 0;
        circles.MarkerShape = MarkerShape.OpenCircle;
        circles.MarkerSize = 15;
        circles.MarkerLineWidth = 2;
    }

    /// <summary>Adds the paper's levels; those that are there already are not added again.</summary>
    public void Levels(PaperFigure paper)
    {
        foreach (PaperLevel level in paper.Levels.Where(level => !_levels.Contains(level)))
        {
            HorizontalLine line = plot.Add.HorizontalLine(
                level.Accuracy, width: 1.5f, color: PaperColors[_levels.Count % PaperColors.Length]);
            line.LegendText = $"paper: {level.Name}, {level.Text}";
            _levels.Add(level);
        }

        _note += $"{(_note.Length == 0 ? "\nthin lines: the paper's levels" : "")}\n{paper.Caption}: {paper.Source}";
    }

    /// <summary>Sets limits and legend.</summary>
    public void Finish()
    {
        plot.Title(title, 18);
        plot.XLabel($"tasks learned{_note}", 13);
        plot.YLabel("accuracy, averaged over the tasks learned", 13);
        plot.Axes.Left.MinimumSize = 75;
        SetLimits();
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        plot.ShowLegend(Edge.Right);
    }

    private void SetLimits()
    {
        double[] learned = [.. _curves.SelectMany(curve => curve.Points).Select(point => point.X).DefaultIfEmpty(0)];
        double[] accuracies = [.. _curves.SelectMany(curve => curve.Points).Select(point => point.Y)
            .Concat(_levels.Select(level => level.Accuracy)).DefaultIfEmpty(0)];
        double highest = accuracies.Max();
        (Scatter Plottable, Coordinates[] Points)[] deep =
            [.. _curves.Where(curve => curve.Points.Min(point => point.Y) < highest - Depth)];
        bool cut = 2 * deep.Length < _curves.Count;
        double lowest = cut ? Math.Max(accuracies.Min(), highest - Depth) : accuracies.Min();
        if (cut)
            foreach ((Scatter plottable, Coordinates[] points) in deep)
                plottable.LegendText += $"\n(below the frame; {Numbers.Share(points[^1].Y)} in the end)";
        double side = Math.Max(0.5, 0.03 * (learned.Max() - learned.Min()));
        double margin = Math.Max(0.005, 0.08 * (highest - lowest));
        plot.Axes.SetLimitsX(learned.Min() - side, learned.Max() + side);
        Plots.SetShares(plot, Math.Max(-0.02, lowest - margin), Math.Min(1.01, highest + margin));
    }

    private Scatter? Add(string name, IEnumerable<(int Learned, double Accuracy)> points, Color color)
    {
        Coordinates[] finite =
            [.. points.Where(point => double.IsFinite(point.Accuracy)).Select(point => new Coordinates(point.Learned, point.Accuracy))];
        if (finite.Length == 0) return null;
        Scatter curve = plot.Add.Scatter(finite, color);
        curve.LegendText = name;
        _curves.Add((curve, finite));
        return curve;
    }
}
