using SupSup.Core.Inference;

namespace SupSup.Core.TaskInference;

/// <summary>What task inference goes by, whatever the algorithm.</summary>
public sealed record InferenceSettings
{
    /// <summary>What the gradient over the coefficients descends: H or G.</summary>
    public required IObjective Objective { get; init; }

    /// <summary>Which layers' terms of the gradient are summed.</summary>
    public LayerSelection Layers { get; init; } = LayerSelection.All;

    /// <summary>How many of the best masks by gradient are run where the gradient is not certain.</summary>
    public int Shortlist { get; init; } = 8;

    /// <summary>The lead of the best gradient, in standard deviations of the masks behind it, above which it is certain.</summary>
    public double CertainAbove { get; init; } = 1;

    /// <summary>Images that are known to share a task and make one query; their gradients are summed.</summary>
    public int ImagesPerQuery { get; init; } = 1;
}
