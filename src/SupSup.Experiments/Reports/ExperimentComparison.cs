using System.Collections.Immutable;
using ScottPlot;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Reports.Figures;
using SupSup.Experiments.Reports.Paper;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports;

/// <summary>Several finished runs side by side, in one figure and one table.</summary>
public sealed class ExperimentComparison
{
    private static readonly string[] Columns =
    [
        "name", "method", "tasks", "scenario", "accuracy", "givenTaskAccuracy", "taskInferenceAccuracy", "forgetting", "backwardTransfer",
        "forwardTransfer", "bytes", "trainSeconds", "totalSeconds",
        "maskRule", "bytesPerTask", "bitsBytes", "sparseBytes", "differenceBytes", "shortestBytes",
    ];

    private ExperimentComparison(ImmutableArray<ExperimentResult> results) => Results = results;

    /// <summary>What the runs found, in the order given.</summary>
    public ImmutableArray<ExperimentResult> Results { get; }

    /// <summary>Reads finished runs.</summary>
    /// <param name="folders">Their folders, at least one.</param>
    /// <exception cref="IOException">One holds no finished run; the message names it.</exception>
    public static ExperimentComparison Read(IEnumerable<string> folders) =>
        new([.. folders.Select(folder => RunFolder.OpenFinished(folder).Result)]);

    /// <summary>What tells a run from the others: its name, and its folder where another run has the same name.</summary>
    /// <param name="result">One of the results.</param>
    public string Label(ExperimentResult result) =>
        Results.Count(other => other.Name == result.Name) == 1 ? result.Name : $"{result.Name} in {Path.GetFileName(result.Out)}";

    /// <summary>Writes the figure as PNG and SVG, and the table as CSV.</summary>
    /// <param name="path">The files, without extension.</param>
    /// <param name="against">What accuracy is drawn against.</param>
    public void Write(string path, ComparedBy against = ComparedBy.Tasks)
    {
        Csv.Write($"{path}.csv", Columns, Results.Select(Row));
        RunFigures.Save(against switch
        {
            ComparedBy.Bytes => BytesFigure.Draw(Results),
            ComparedBy.Outputs => OutputsFigure.Draw(Results),
            _ => Curves(),
        }, path);
    }

    private Plot Curves()
    {
        Plot plot = Plots.New();
        CurvePlot curves = new(plot, $"Average accuracy of {(Results.Length == 1 ? "one run" : $"{Results.Length} runs")}");
        foreach ((ExperimentResult result, int n) in Results.Select((result, n) => (result, n)))
            curves.Curve($"{Label(result)}:\n{result.Legend()}", result.Checkpoints.Select(at => (at.TasksLearned, at.Accuracy)),
                CurvePlot.Colors[n % CurvePlot.Colors.Count]);
        foreach (PaperFigure paper in Results.Select(result => PaperFigure.Of(result.Config)).OfType<PaperFigure>().Distinct())
            curves.Levels(paper);
        curves.Finish();
        return plot;
    }

    private static object?[] Row(ExperimentResult result) =>
    [
        result.Name, result.Config.Method, result.Tasks, result.Scenario, result.Accuracy, result.GivenTaskAccuracy,
        result.TaskInferenceAccuracy, result.Forgetting,
        result.BackwardTransfer, result.ForwardTransfer, result.Bytes, result.TrainSeconds, result.TotalSeconds,
        result.Config.Method == "supsup" ? result.Config.Rule.Name : null, result.BytesPerTask,
        result.Encoded?.Bits, result.Encoded?.Sparse, result.Encoded?.Difference, result.Encoded?.Shortest,
    ];
}
