using System.Collections.Immutable;
using SupSup.Core.Kernels;
using SupSup.Core.Networks;

namespace SupSup.Core.Reservoirs;

/// <summary>
/// The fixed weights of a network whose tasks mask gains: linear layers, and between them a normalisation by the batch and Swish. They are
/// all used, so they are laid out for dense products, once for all tasks. Thread-safe.
/// </summary>
public sealed class GainWeights
{
    private readonly Lazy<AlignedFloats[]> _byInput;
    private readonly Lazy<AlignedFloats?[]> _byOutput;

    /// <summary>Takes a network.</summary>
    /// <param name="network">The network.</param>
    /// <exception cref="ArgumentException">It is wired in another way.</exception>
    public GainWeights(FixedNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Check(network.Plan);
        Network = network;
        Channels = ChannelsOf(network.Plan);
        _byInput = new(() => [.. network.Shape.Layers.Select((layer, l) => Padded(network.Weights(l), layer, transpose: true))]);
        _byOutput = new(
            () => [.. network.Shape.Layers.Select((layer, l) => l == 0 ? null : Padded(network.Weights(l), layer, transpose: false))]);
    }

    /// <summary>The network.</summary>
    public FixedNetwork Network { get; }

    /// <summary>Gains of each normalisation.</summary>
    public ImmutableArray<int> Channels { get; }

    /// <summary>Gains of each normalisation of a plan.</summary>
    /// <param name="plan">The plan.</param>
    public static ImmutableArray<int> ChannelsOf(NetworkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return [.. plan.Steps.OfType<PlanStep.Normalize>().Select(static step => step.Channels)];
    }

    /// <summary>Checks that a plan is wired so that gains can be masked.</summary>
    /// <param name="plan">The plan.</param>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static void Check(NetworkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        IEnumerable<PlanStep> steps = plan.Steps.SkipWhile(static step => step is PlanStep.Flatten);
        bool fits = plan.Shape.Layers.Length > 1 && steps.Select(static (step, n) => (n % 3) switch
        {
            0 => step is PlanStep.Linear,
            1 => step is PlanStep.Normalize { OfBatch: true },
            _ => step is PlanStep.Swish,
        }).All(static fits => fits) && steps.Last() is PlanStep.Linear;
        if (!fits)
        {
            throw new ArgumentException(
                $"masks of gains need linear layers with normbatch-swish between them, which network {plan} has not; use one such as "
                + "2048-normbatch-swish-2048-normbatch-swish");
        }
    }

    /// <summary>Layer l, rows [in, <see cref="Width"/> of out], zero beyond the outputs.</summary>
    internal AlignedFloats ByInput(int layer) => _byInput.Value[layer];

    /// <summary>A layer above the first, rows [out, <see cref="Width"/> of in], zero beyond the inputs.</summary>
    internal AlignedFloats ByOutput(int layer) => _byOutput.Value[layer]!;

    /// <summary>The width of a row: an odd number of cache lines, since rows that are a power of two apart share few sets of a
    /// cache.</summary>
    internal static int Width(int values) => AlignedFloats.Whole(values) | 16;

    private static AlignedFloats Padded(ReadOnlySpan<float> weights, LayerShape shape, bool transpose)
    {
        int width = Width(transpose ? shape.Outputs : shape.FanIn);
        AlignedFloats padded = new((transpose ? shape.FanIn : shape.Outputs) * width);
        Span<float> to = padded.Span;
        for (int j = 0; j < shape.Outputs; j++)
        {
            ReadOnlySpan<float> row = weights.Slice(j * shape.FanIn, shape.FanIn);
            if (transpose) for (int i = 0; i < row.Length; i++) to[(i * width) + j] = row[i];
            else row.CopyTo(to[(j * width)..]);
        }

        return padded;
    }
}
