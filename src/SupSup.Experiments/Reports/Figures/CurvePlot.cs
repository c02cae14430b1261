using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SupSup.Experiments.Reports.Paper;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>A plot of accuracy against tasks learned, in the form of the paper's, with its levels as thin lines.</summary>
/// <param name="plot">The plot, empty.</param>
/// <param name="title">Title.</param>
internal sealed class CurvePlot(Plot plot, string title)
{
    private static readonly Color[] PaperColors = [.. new[] { "#555555", "#c0392b", "#e59866", "#7d8f2b", "#b7a06a" }.Select(Color.FromHex)];

    private readonly List<Coordinates> _drawn = [];
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

    /// <summary>Adds the paper's levels.</summary>
    public void Levels(PaperFigure paper)
    {
        foreach ((PaperLevel level, int n) in paper.Levels.Select((level, n) => (level, n)))
        {
            HorizontalLine line = plot.Add.HorizontalLine(level.Accuracy, width: 1.5f, color: PaperColors[n % PaperColors.Length]);
            line.LegendText = $"paper: {level.Name}, {level.Text}";
            _drawn.Add(new Coordinates(double.NaN, level.Accuracy));
        }

        _note = $"\nthin lines: the paper's levels for {paper.Caption} ({paper.Source})";
    }

    /// <summary>Sets limits and legend.</summary>
    public void Finish()
    {
        plot.Title(title, 18);
        plot.XLabel($"tasks learned{_note}", 14);
        plot.YLabel("accuracy, averaged over the tasks learned", 14);
        double[] learned = [.. _drawn.Select(point => point.X).Where(double.IsFinite).DefaultIfEmpty(0)];
        double[] accuracies = [.. _drawn.Select(point => point.Y).DefaultIfEmpty(0)];
        double side = Math.Max(0.5, 0.03 * (learned.Max() - learned.Min()));
        double margin = Math.Max(0.005, 0.08 * (accuracies.Max() - accuracies.Min()));
        plot.Axes.SetLimits(learned.Min() - side, learned.Max() + side, Math.Max(-0.02, accuracies.Min() - margin), Math.Min(1.01, accuracies.Max() + margin));
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = ScottPlot.Colors.Transparent;
        plot.ShowLegend(Edge.Bottom);
    }

    private Scatter? Add(string name, IEnumerable<(int Learned, double Accuracy)> points, Color color)
    {
        Coordinates[] finite = [.. points.Where(point => double.IsFinite(point.Accuracy)).Select(point => new Coordinates(point.Learned, point.Accuracy))];
        if (finite.Length == 0) return null;
        _drawn.AddRange(finite);
        Scatter curve = plot.Add.Scatter(finite, color);
        curve.LegendText = name;
        return curve;
    }
}
