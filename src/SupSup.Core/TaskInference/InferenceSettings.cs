using SupSup.Core.Inference;
using SupSup.Core.Search;

namespace SupSup.Core.TaskInference;

/// <summary>What task inference goes by, whatever the algorithm.</summary>
public sealed record InferenceSettings
{
    /// <summary>What the gradient over the coefficients descends: H or G.</summary>
    public required IObjective Objective { get; init; }

    /// <summary>Which layers' terms of the gradient are summed.</summary>
    public LayerSelection Layers { get; init; } = LayerSelection.All;

    /// <summary>When the gradient decides, and when evidence does.</summary>
    public SearchRule Rule { get; init; } = new();

    /// <summary>Images that are known to share a task and make one query; their gradients are summed.</summary>
    public int ImagesPerQuery { get; init; } = 1;

    /// <summary>Gradient steps of <see cref="OptimizedInference"/>, at least 1.</summary>
    public int Steps { get; init; } = 8;

    /// <summary>Its step size: by how much the coefficient of the best mask grows before all are divided by their sum.</summary>
    public double StepSize { get; init; } = 1;
}
