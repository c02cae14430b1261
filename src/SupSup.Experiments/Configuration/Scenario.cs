namespace SupSup.Experiments.Configuration;

/// <summary>
/// The paper's scenarios (section 3.1). First letter: is the task given in training; second: at inference; third: do
/// tasks share labels (s) or not (u).
/// </summary>
public enum Scenario
{
    /// <summary>Given in training and at inference.</summary>
    GG,

    /// <summary>Given in training, inferred; labels are shared: right when the class is right.</summary>
    GNs,

    /// <summary>Given in training, inferred; labels are not shared: right only when task and class are both right.</summary>
    GNu,

    /// <summary>Never given; labels are shared.</summary>
    NNs,
}
