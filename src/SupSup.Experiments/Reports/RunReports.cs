using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Reports.Events;
using SupSup.Experiments.Reports.Figures;

namespace SupSup.Experiments.Reports;

/// <summary>Writes all that people look at: tables, a summary, TensorBoard events, figures.</summary>
public static class RunReports
{
    /// <summary>Writes every report into the run's folder, in place of those that are there.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="result">What the run found.</param>
    public static void Write(RunFolder folder, ExperimentResult result)
    {
        RunTables.Write(folder, result);
        RunSummary.Write(folder, result);
        RunEvents.Write(folder, result);
        RunFigures.Write(folder, result);
    }

    /// <summary>Writes the summary of a finished run again, with what it found with other seeds.</summary>
    /// <param name="seeds">What it found with each seed, its own first.</param>
    /// <exception cref="IOException">Its folder holds no finished run, or cannot be written.</exception>
    public static void SumUp(IReadOnlyList<ExperimentResult> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        RunSummary.Write(RunFolder.OpenFinished(seeds[0].Out).Folder, seeds);
    }

    /// <summary>Writes the reports of a finished run again.</summary>
    /// <param name="path">The run's folder.</param>
    /// <returns>What the run found.</returns>
    /// <exception cref="IOException">It holds no finished run, or cannot be written.</exception>
    public static ExperimentResult Rewrite(string path)
    {
        (RunFolder folder, ExperimentResult result) = RunFolder.OpenFinished(path);
        Write(folder, result);
        return result;
    }
}
