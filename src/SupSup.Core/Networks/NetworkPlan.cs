using System.Collections.Immutable;

namespace SupSup.Core.Networks;

/// <summary>
/// A network without its weights: the steps that an engine runs, and the matrices among them that a mask covers. Two plans
/// of the same text are the same plan.
/// </summary>
public sealed class NetworkPlan
{
    private readonly string _text;

    /// <summary>Wires a network.</summary>
    /// <param name="text">The text that <see cref="Plans.Parse"/> reads as this plan.</param>
    /// <param name="input">What an example is.</param>
    /// <param name="steps">The steps, input side first.</param>
    /// <exception cref="ArgumentException">A step cannot take what the one before it makes, the last makes no vector, or the matrices
    /// of the steps make no network.</exception>
    internal NetworkPlan(string text, PlaneShape input, ImmutableArray<PlanStep> steps)
    {
        PlaneShape output = input;
        foreach (PlanStep step in steps)
        {
            try
            {
                output = step.After(output);
            }
            catch (ArgumentException error)
            {
                throw new ArgumentException($"network {text} cannot be built: {error.Message}");
            }
        }

        if (output.Area != 1) throw new ArgumentException($"network {text} cannot be built: it ends in planes of {output}, not in logits");
        (_text, Input, Outputs, Steps) = (text, input, output.Channels, steps);
        Shape = new NetworkShape(Leaves.Select(step => step.Masked).OfType<LayerShape>());
        Normalized = [.. Leaves.OfType<PlanStep.Normalize>().Where(step => !step.OfBatch).Select(step => step.Channels)];
    }

    /// <summary>What is masked.</summary>
    public NetworkShape Shape { get; }

    /// <summary>The wiring, input side first.</summary>
    public ImmutableArray<PlanStep> Steps { get; }

    /// <summary>The steps with those inside residuals, a residual's body before its shortcut: the order of masked matrices and of
    /// normalisations' statistics.</summary>
    public IEnumerable<PlanStep> Leaves => Steps.SelectMany(step => step.Leaves);

    /// <summary>What an example is.</summary>
    public PlaneShape Input { get; }

    /// <summary>Values of an example.</summary>
    public int Inputs => Input.Length;

    /// <summary>Channels of each normalisation by means and variances that belong to a task, beside its mask.</summary>
    public ImmutableArray<int> Normalized { get; }

    /// <summary>Channels whose mean and variance belong to a task; 0 where nothing is normalised by them.</summary>
    public int NormalizedChannels => Normalized.Sum();

    /// <summary>Whether answers depend on what is asked about with them: something is normalised by the batch's own statistics.</summary>
    public bool GoesByBatch => Leaves.Any(step => step is PlanStep.Normalize { OfBatch: true });

    /// <summary>Sizes of a chain's hidden layers, input side first; empty for other wirings.</summary>
    public ImmutableArray<int> Hidden { get; private init; } = [];

    /// <summary>Output size s.</summary>
    public int Outputs { get; }

    /// <summary>Whether it is linear layers with ReLU between them, and nothing else.</summary>
    public bool IsDense =>
        Steps.Length % 2 == 1
        && Steps.Select((step, n) => n % 2 == 0 ? step is PlanStep.Linear : step is PlanStep.Relu).All(fits => fits);

    /// <summary>Whether an example's planes, rows and columns matter to it, and not only how many values there are.</summary>
    public bool TakesPictures =>
        Input.Area > 1 || Leaves.Any(step => step is PlanStep.Convolve or PlanStep.MaxPool or PlanStep.Average);

    /// <summary>Refuses plans that only some of the code can run: whatever takes matrices for a chain calls it.</summary>
    /// <param name="what">What needs a chain.</param>
    /// <exception cref="ArgumentException">It is no chain of linear layers.</exception>
    public void RequireDense(string what)
    {
        if (!IsDense) throw new ArgumentException($"{what} takes linear layers with ReLU between them, which network {this} is not");
    }

    /// <summary>A chain of linear layers with ReLU between them.</summary>
    /// <param name="inputs">Input size, at least 1.</param>
    /// <param name="hidden">Hidden layer sizes, each at least 1; may be empty.</param>
    /// <param name="outputs">Output size s, at least 2.</param>
    /// <exception cref="ArgumentException">A size is out of range or the network has over 2^30 weights.</exception>
    public static NetworkPlan Dense(int inputs, IEnumerable<int> hidden, int outputs)
    {
        ImmutableArray<int> sizes = [inputs, .. hidden, outputs];
        string text = string.Join('-', sizes);
        if (sizes.Any(size => size is < 1 or > Plans.LargestSize) || outputs < 2)
        {
            throw new ArgumentException(
                $"a network of sizes {text} cannot be built: every size must be 1 to {Plans.LargestSize} and the output size at least 2");
        }

        IEnumerable<PlanStep> steps = sizes.Skip(1).SelectMany((size, l) =>
            (PlanStep[])[new PlanStep.Relu(), new PlanStep.Linear(new LayerShape(size, sizes[l]))]);
        return new(text, PlaneShape.Vector(inputs), [.. steps.Skip(1)]) { Hidden = sizes[1..^1] };
    }

    /// <summary>The text that <see cref="Plans.Parse"/> reads as this plan, and that the network's hash is made of.</summary>
    public override string ToString() => _text;
}
