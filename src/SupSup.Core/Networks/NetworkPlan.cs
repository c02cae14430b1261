using System.Collections.Immutable;

namespace SupSup.Core.Networks;

/// <summary>
/// A network without its weights: the steps that an engine runs, and the matrices among them that a mask covers. Two plans
/// of the same text are the same plan.
/// </summary>
public sealed class NetworkPlan
{
    /// <summary>Wires a network.</summary>
    /// <param name="shape">The matrices, in the order of the steps.</param>
    /// <param name="steps">The steps, input side first.</param>
    internal NetworkPlan(NetworkShape shape, ImmutableArray<PlanStep> steps) => (Shape, Steps) = (shape, steps);

    /// <summary>What is masked.</summary>
    public NetworkShape Shape { get; }

    /// <summary>The wiring, input side first.</summary>
    public ImmutableArray<PlanStep> Steps { get; }

    /// <summary>A chain of linear layers with ReLU between them.</summary>
    /// <param name="shape">The layers.</param>
    public static NetworkPlan Dense(NetworkShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        IEnumerable<PlanStep> steps = shape.Layers.SelectMany(layer => (PlanStep[])[new PlanStep.Relu(), new PlanStep.Linear(layer)]);
        return new(shape, [.. steps.Skip(1)]);
    }

    /// <summary>The text that <see cref="Plans.Parse"/> reads as this plan, and that the network's hash is made of.</summary>
    public override string ToString() => Shape.ToString();
}
