namespace SupSup.Core.Networks;

/// <summary>One step of a network's wiring, from the activations before it to those after it. A closed set.</summary>
public abstract record PlanStep
{
    private PlanStep()
    {
    }

    /// <summary>y = W x, without bias; the matrix is one of those that a mask covers.</summary>
    /// <param name="Weights">Its size.</param>
    public sealed record Linear(LayerShape Weights) : PlanStep;

    /// <summary>y = max(0, x).</summary>
    public sealed record Relu : PlanStep;
}
