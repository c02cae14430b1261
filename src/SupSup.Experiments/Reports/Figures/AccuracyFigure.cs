using ScottPlot;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports.Paper;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>Average accuracy against tasks learned, in the form of the paper's figures, with the paper's curves beside it.</summary>
internal sealed class AccuracyFigure : IRunFigure
{
    /// <inheritdoc/>
    public string Name => "accuracy";

    /// <inheritdoc/>
    public bool Applies(ExperimentResult result) => true;

    /// <inheritdoc/>
    public Plot Draw(ExperimentResult result)
    {
        Plot plot = Plots.New();
        CurvePlot curves = new(plot, result.Title());
        if (result.Scenario != Scenario.GG)
            curves.Circles(
                "the same masks, task given", result.Checkpoints.Select(at => (at.TasksLearned, at.GivenTaskAccuracy)), Colors.Gray);
        curves.Curve(result.Legend(), result.Checkpoints.Select(at => (at.TasksLearned, at.Accuracy)), CurvePlot.Colors[0]);
        if (PaperFigure.Of(result.Config) is { } paper) curves.Levels(paper);
        curves.Finish();
        return plot;
    }
}
