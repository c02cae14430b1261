namespace SupSup.Core.Streams;

/// <summary>
/// The project's rule for a stream without task identity (scenario NNs): the gradient names the few masks that a batch
/// may belong to, these are run on it, and its labels, which are given in training, tell whether one fits. The paper's
/// rule asks the gradient alone (<see cref="PaperAllocation"/>).
/// </summary>
public static class VerifiedAllocation
{
    /// <summary>Batches from one decision to the next, as in the paper.</summary>
    public const int SegmentBatches = 100;

    /// <summary>Masks of a stream that may be in training, and at hand, at once: they are run on the first batch of a segment.</summary>
    public const int MostOpen = 8;

    /// <summary>Images of a batch whose tasks are inferred, to name the masks that it may belong to.</summary>
    public const int ImagesAsked = 16;

    /// <summary>Rows of the sample by which masks of one task are told.</summary>
    public const int SampleRows = 32;

    /// <summary>How far from chance to its usual accuracy a mask must be to fit; half the way unless told.</summary>
    public const double DefaultFit = 0.5;

    /// <summary>The masks that a batch may belong to, the likeliest first.</summary>
    /// <param name="named">What inference names for each image, the likeliest first; the votes of an image are 1, 1/2, 1/3 ...</param>
    /// <param name="most">How many masks at most.</param>
    public static int[] Likeliest(IEnumerable<IEnumerable<int>> named, int most) =>
    [
        .. named.SelectMany(masks => masks.Index())
            .GroupBy(vote => vote.Item, vote => 1.0 / (1 + vote.Index))
            .OrderByDescending(votes => votes.Sum()).ThenBy(votes => votes.Key)
            .Take(most).Select(votes => votes.Key),
    ];

    /// <summary>Whether a mask serves a batch: its accuracy is nearer to its usual one than to chance.</summary>
    /// <param name="fit">How it does.</param>
    /// <param name="classes">Number of classes; chance is one in so many.</param>
    /// <param name="share">How far from chance to usual it must be, above 0 and at most 1.</param>
    public static bool Fits(MaskFit fit, int classes, double share = DefaultFit)
    {
        double chance = 1.0 / classes;
        return fit.Usual > chance && fit.Accuracy >= chance + (share * (fit.Usual - chance));
    }

    /// <summary>The mask that a batch belongs to.</summary>
    /// <param name="candidates">The masks that were run.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="share">How far from chance to usual a mask must be.</param>
    /// <returns>The most accurate one that fits, or null where none does: the batch is of a new task.</returns>
    public static int? Choose(IEnumerable<MaskFit> candidates, int classes, double share = DefaultFit)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        MaskFit[] fitting = [.. candidates.Where(candidate => Fits(candidate, classes, share))];
        return fitting.Length == 0 ? null : fitting.MaxBy(candidate => candidate.Accuracy).Mask;
    }

    /// <summary>Whether two masks serve the same task, so that one can go: each fits the other's data.</summary>
    /// <param name="oneOnOther">The first on data of the second; its usual accuracy is that of the second there.</param>
    /// <param name="otherOnOne">The second on data of the first, likewise.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="share">How close to the other's accuracy each must come.</param>
    public static bool AreSame(MaskFit oneOnOther, MaskFit otherOnOne, int classes, double share = 0.8) =>
        Fits(oneOnOther, classes, share) && Fits(otherOnOne, classes, share);
}
