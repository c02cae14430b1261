using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>How the task of an input is inferred.</summary>
[GenerateSerializer, Immutable, Alias("supsup.inference-options")]
public sealed record InferenceOptions
{
    /// <summary>"H" (entropy) or "G" (superfluous outputs); null chooses G where the model has superfluous outputs.</summary>
    [Id(0)]
    public string? Objective { get; init; }

    /// <summary>Whether only the first layer's term of the gradient is used.</summary>
    [Id(1)]
    public bool FirstLayerOnly { get; init; }

    /// <summary>
    /// Of more than 256 masks, how many of the best by gradient, at most, are compared by evidence where the gradient is not certain; up
    /// to 256 all are, and up to 64 always. 1 takes the best by gradient, whatever their number (One-shot as published).
    /// </summary>
    [Id(2)]
    public int Shortlist { get; init; } = 8;

    /// <summary>
    /// The gradient is certain where its best mask leads the next by more than this many standard deviations of the masks
    /// behind the best; then the best is the answer. Where it is not, those masks are compared that come as close as this.
    /// Infinity compares the whole shortlist, always; 0 goes by the gradient alone. Up to 64 masks are all compared, unless it is 0.
    /// </summary>
    [Id(4)]
    public double CertainAbove { get; init; } = 1;

    /// <summary>Task indices to choose among, where the caller knows that it is one of these; default: every task learned.</summary>
    [Id(3)]
    public ImmutableArray<int> Candidates { get; init; }

    /// <summary>
    /// Marks a prediction as unknown where its lead is at most this, in the unit of <see cref="CertainAbove"/>: the input may
    /// be of no task that was learned. Null (default) marks none. Needs 8 tasks, of fewer the lead says nothing.
    /// </summary>
    [Id(5)]
    public double? UnknownUpTo { get; init; }

    /// <summary>
    /// Marks a prediction as unknown where the input is less typical of the inferred task than this (<see cref="Prediction.Typicality"/>):
    /// it may be of no task that was learned. It is about the share of inputs of known tasks that are marked too, such as 0.01; of masks
    /// that know their few training data by heart it is more. Null (default) marks none. Works with any number of tasks.
    /// </summary>
    [Id(8)]
    public double? UnknownRate { get; init; }

    /// <summary>
    /// Makes the runners-up those of the exact gradient, with exact scores. Without it the ones that were not run come from a scan
    /// that read a part of their masks, and are estimates. Every mask is then read in full, which takes some times as long.
    /// </summary>
    [Id(6)]
    public bool ExactRunnersUp { get; init; }

    /// <summary>
    /// Whether all rows of the request are of one task, which is then found from all of them; each still gets its own class. Lead and
    /// unknown marks stay those of the single row.
    /// </summary>
    [Id(7)]
    public bool SharedTask { get; init; }

    /// <inheritdoc/>
    public bool Equals(InferenceOptions? other) =>
        other is not null && Objective == other.Objective && FirstLayerOnly == other.FirstLayerOnly && Shortlist == other.Shortlist
            && CertainAbove.Equals(other.CertainAbove)
        && UnknownUpTo.Equals(other.UnknownUpTo) && UnknownRate.Equals(other.UnknownRate)
        && ExactRunnersUp == other.ExactRunnersUp && SharedTask == other.SharedTask
        && Candidates.IsDefault == other.Candidates.IsDefault
        && (Candidates.IsDefault || Candidates.AsSpan().SequenceEqual(other.Candidates.AsSpan()));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(
        Objective, FirstLayerOnly, Shortlist, CertainAbove, (UnknownUpTo, UnknownRate), (ExactRunnersUp, SharedTask),
        Candidates.IsDefault ? -1 : Candidates.Length);
}
