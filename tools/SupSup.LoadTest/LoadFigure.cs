using ScottPlot;
using SupSup.Experiments.Reports.Figures;

namespace SupSup.LoadTest;

/// <summary>Latency over the run: a dot for each query, the phases, and the faults; and the memory of silos over a soak.</summary>
internal static class LoadFigure
{
    private const int Width = 1100;
    private const int Height = 560;

    // More dots than this say nothing more, and make the SVG large.
    private const int MostDots = 4000;

    /// <summary>Draws it.</summary>
    /// <param name="report">The report.</param>
    /// <param name="samples">All queries.</param>
    public static Plot Draw(LoadReport report, IReadOnlyList<QuerySample> samples)
    {
        QuerySample[] answered = [.. samples.Where(sample => !sample.Failed)];
        int step = Math.Max(1, answered.Length / MostDots);
        QuerySample[] shown = [.. answered.Where((sample, n) => n % step == 0)];
        Plot plot = Plots.New();
        plot.Title(
            $"{report.Tasks} tasks{(report.Silos > 0 ? $", {report.Silos} silos" : "")}: {report.LostTasks} lost, {report.ChangedMasks} "
                + $"changed, {report.Errors} errors");
        plot.XLabel("seconds");
        plot.YLabel("milliseconds until the answer");
        var dots = plot.Add.Markers(
            shown.Select(sample => sample.At).ToArray(), shown.Select(sample => Math.Log10(Math.Max(0.1, sample.Milliseconds))).ToArray());
        dots.MarkerSize = 3;
        dots.Color = Color.FromHex("#1f6fb2").WithAlpha(0.5);
        dots.LegendText = "query";
        double top = shown.Length == 0 ? 3 : Math.Max(
            3, Math.Ceiling(Math.Log10(Math.Max(1, shown.Max(sample => sample.Milliseconds))) * 2) / 2);
        foreach (LoadPhase phase in report.Phases)
        {
            plot.Add.VerticalLine(phase.Start, 1, Colors.Gray.WithAlpha(0.6));
            var name = plot.Add.Text(phase.Name, phase.Start, top + 0.35);
            name.LabelFontSize = 13;
        }

        bool named = false;
        foreach (LoadFault fault in report.Faults)
        {
            var line = plot.Add.VerticalLine(fault.At, 2, Color.FromHex("#c0392b").WithAlpha(0.7));
            if (!named) line.LegendText = "fault";
            named = true;
        }

        ScottPlot.TickGenerators.NumericManual ticks = new();
        for (int power = -1; power <= top; power++) ticks.AddMajor(power, $"{Math.Pow(10, power):0.#}");
        plot.Axes.Left.TickGenerator = ticks;
        plot.Axes.SetLimits(0, report.TotalSeconds, -1, top + 0.5);
        plot.ShowLegend(Edge.Bottom);
        return plot;
    }

    /// <summary>Draws the memory of each silo.</summary>
    /// <param name="soak">The soak, of one silo at least.</param>
    public static Plot DrawMemory(Soak soak)
    {
        Plot plot = Plots.New();
        plot.Title($"{soak.Rate:0} queries a second: memory grew by {soak.Growth:P1} at most");
        plot.XLabel("minutes");
        plot.YLabel("resident memory, MB");
        double[] minutes = [.. soak.Memory.Select(sample => (sample.At - soak.Memory[0].At) / 60)];
        for (int silo = 0; silo < soak.Memory[0].Megabytes.Count; silo++)
        {
            var line = plot.Add.ScatterLine(minutes, soak.Memory.Select(sample => sample.Megabytes[silo]).ToArray());
            line.LineWidth = 2;
            line.LegendText = $"silo {silo + 1}";
        }

        plot.Axes.SetLimits(0, minutes[^1], 0, soak.Memory.Max(sample => sample.Megabytes.Max()) * 1.1);
        plot.ShowLegend(Edge.Bottom);
        return plot;
    }

    /// <summary>Writes a PNG.</summary>
    public static void SavePng(Plot plot, string path) => plot.SavePng(path, Width, Height);

    /// <summary>Writes an SVG.</summary>
    public static void SaveSvg(Plot plot, string path) => plot.SaveSvg(path, Width, Height);
}
