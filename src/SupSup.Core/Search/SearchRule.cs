namespace SupSup.Core.Search;

/// <summary>
/// When the gradient decides a query's task, when the evidence of masks that are run does, and how well runners-up must be known.
/// </summary>
public sealed record SearchRule
{
    /// <summary>The largest shortlist that a caller may ask for.</summary>
    public const int LargestShortlist = 64;

    /// <summary>Of fewer masks the spread of the gradient says nothing.</summary>
    public const int FewestMasksForSpread = 8;

    /// <summary>Of so many masks all are run on every query: that takes longer than the gradient, and is right more often.</summary>
    public const int FewMasks = 64;

    /// <summary>Of so many masks all are run where the gradient is not certain; of more, the best few.</summary>
    public const int SomeMasks = 256;

    /// <summary>The lead from which the gradient was right as often as counts.</summary>
    public const double Certain = 1;

    /// <summary>One-shot as published (paper, section 3.3): the best gradient is the answer.</summary>
    public static SearchRule OneShot { get; } = new() { Shortlist = 1 };

    /// <summary>
    /// Of more than <see cref="SomeMasks"/> masks, how many of the best by gradient, at most, are compared by evidence where the gradient
    /// is not certain. 1 is One-shot, whatever the number of masks.
    /// </summary>
    public int Shortlist { get; init; } = 8;

    /// <summary>The lead of the best gradient, in standard deviations of the masks behind it, above which it is certain.</summary>
    public double CertainAbove { get; init; } = Certain;

    /// <summary>Whether runners-up must be those of the exact gradient, with exact scores: every mask is then read in full.</summary>
    public bool ExactRunnersUp { get; init; }

    /// <summary>Whether evidence alone decides, among all masks: no gradient is taken.</summary>
    public bool ByEvidence { get; init; }

    /// <summary>Whether a gradient that is certain by this rule makes its task as good as sure: not that of One-shot, nor a lower
    /// lead.</summary>
    public bool CertainIsSure => Shortlist > 1 && CertainAbove >= Certain;

    /// <summary>Whether evidence decides whatever the gradient says. A shortlist of one has none to compare.</summary>
    /// <param name="masks">Number of masks in superposition.</param>
    internal bool IsNeverCertain(int masks) =>
        ByEvidence || (Shortlist > 1 && CertainAbove > 0 && (masks <= FewMasks || double.IsPositiveInfinity(CertainAbove)));

    /// <summary>Whether all masks are run where the gradient is not certain.</summary>
    /// <param name="masks">Number of masks in superposition.</param>
    internal bool RunsAll(int masks) => ByEvidence || (Shortlist > 1 && CertainAbove > 0 && masks <= SomeMasks);
}
