using ScottPlot;
using ScottPlot.Plottables;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>NNs: masks held against tasks seen, beside one mask a task and the cap.</summary>
internal sealed class MasksFigure : IRunFigure
{
    /// <inheritdoc/>
    public string Name => "masks";

    /// <inheritdoc/>
    public bool Applies(ExperimentResult result) =>
        result.Scenario == Scenario.NNs && result.Checkpoints.All(checkpoint => checkpoint.Masks is not null);

    /// <inheritdoc/>
    public Plot Draw(ExperimentResult result)
    {
        Plot plot = Plots.New();
        double[] tasks = [.. result.Checkpoints.Select(checkpoint => (double)checkpoint.TasksLearned)];
        Scatter ideal = plot.Add.Scatter(tasks, tasks, Colors.Gray);
        ideal.LegendText = "one mask a task";
        ideal.LineWidth = 0;
        ideal.MarkerShape = MarkerShape.OpenCircle;
        ideal.MarkerSize = 15;
        ideal.MarkerLineWidth = 2;
        Scatter held = plot.Add.Scatter(
            tasks, result.Checkpoints.Select(checkpoint => (double)checkpoint.Masks!.Value).ToArray(), CurvePlot.Colors[0]);
        held.LegendText = "masks held";
        held.LineWidth = 3;
        held.MarkerSize = 8;
        if (result.Stream?.Cap is { } cap) plot.Add.HorizontalLine(cap, width: 1.5f, color: Color.FromHex("#c0392b")).LegendText =
            $"cap: {cap}, {result.Stream.Refused} allocations refused";
        plot.Title($"{result.Title()}: masks", 18);
        plot.XLabel("tasks seen, unknown to the learner", 13);
        plot.YLabel("masks", 13);
        plot.ShowLegend(Edge.Right);
        return plot;
    }
}
