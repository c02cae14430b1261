namespace SupSup.Experiments.Methods;

/// <summary>Which of a network's weights a task trains, beside vectors of its own.</summary>
internal enum TrainedWeights
{
    /// <summary>All, and with them scale and shift of normalisations.</summary>
    All,

    /// <summary>Those of the last layer.</summary>
    Head,

    /// <summary>None.</summary>
    None,
}
