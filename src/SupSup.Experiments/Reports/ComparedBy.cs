namespace SupSup.Experiments.Reports;

/// <summary>What accuracy is drawn against where runs are compared.</summary>
public enum ComparedBy
{
    /// <summary>Tasks learned: a curve for each run, with the paper's levels.</summary>
    Tasks,

    /// <summary>Bytes kept for a task: a point for each run.</summary>
    Bytes,

    /// <summary>Output size s: a point for each run, a curve for those that differ in nothing else.</summary>
    Outputs,
}
