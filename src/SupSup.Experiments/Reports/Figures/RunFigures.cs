using ScottPlot;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>The figures of a run, each as PNG and as SVG.</summary>
internal static class RunFigures
{
    private const int Width = 1100;
    private const int Height = 600;

    // What an entry of a legend beside a plot takes, which wraps into a second column, and out of the picture, where there is no room.
    private const int LegendEntry = 56;

    /// <summary>Every figure of this build.</summary>
    public static IReadOnlyList<IRunFigure> All { get; } =
        [new AccuracyFigure(), new TasksFigure(), new MatrixFigure(), new MasksFigure(), new RecoveryFigure()];

    /// <summary>Writes those that apply.</summary>
    public static void Write(RunFolder folder, ExperimentResult result)
    {
        foreach (IRunFigure figure in All.Where(figure => figure.Applies(result))) Save(figure.Draw(result), folder.File(figure.Name));
    }

    /// <summary>Saves a plot in both formats.</summary>
    /// <param name="plot">The plot; it is disposed of.</param>
    /// <param name="path">The files, without extension.</param>
    public static void Save(Plot plot, string path)
    {
        using (plot)
        {
            AtomicFile.Write($"{path}.png", temporary => plot.SavePng(temporary, Width, HeightOf(plot)));
            AtomicFile.Write($"{path}.svg", temporary => plot.SaveSvg(temporary, Width, HeightOf(plot)));
        }
    }

    private static int HeightOf(Plot plot) => Math.Max(Height, (LegendEntry * plot.Legend.GetItems().Length) + LegendEntry);
}
