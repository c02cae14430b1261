namespace SupSup.Core.Search;

/// <summary>When the gradient decides a query's task, when entropies do, and how well the runners-up must be known.</summary>
public sealed record SearchRule
{
    /// <summary>The largest shortlist that a caller may ask for.</summary>
    public const int LargestShortlist = 64;

    /// <summary>Of fewer masks the spread of the gradient says nothing, and running them all costs little.</summary>
    public const int FewestMasksForSpread = 8;

    /// <summary>One-shot as published (paper, section 3.3): the best gradient is the answer.</summary>
    public static SearchRule OneShot { get; } = new() { Shortlist = 1 };

    /// <summary>How many of the best masks by gradient, at most, have their entropies compared where the gradient is not certain.</summary>
    public int Shortlist { get; init; } = 8;

    /// <summary>The lead of the best gradient, in standard deviations of the masks behind it, above which it is certain.</summary>
    public double CertainAbove { get; init; } = 1;

    /// <summary>Whether runners-up must be those of the exact gradient, with exact scores: every mask is then read in full.</summary>
    public bool ExactRunnersUp { get; init; }

    /// <summary>Whether entropies decide whatever the gradient says. A shortlist of one has none to compare.</summary>
    /// <param name="masks">Number of masks in superposition.</param>
    internal bool IsNeverCertain(int masks) => Shortlist > 1 && (masks < FewestMasksForSpread || double.IsPositiveInfinity(CertainAbove));
}
