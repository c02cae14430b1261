using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Running;

namespace SupSup.Experiments.Reports;

/// <summary>Writes all that people look at: tables, TensorBoard events, figures.</summary>
internal static class RunReports
{
    /// <summary>Writes every report into the run's folder.</summary>
    public static void Write(RunFolder folder, ExperimentResult result)
    {
    }
}
