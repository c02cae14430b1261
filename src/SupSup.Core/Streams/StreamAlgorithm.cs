namespace SupSup.Core.Streams;

/// <summary>
/// The algorithm for a stream without task identity (scenario NNs; paper, section 3.4), for experiments and for the service.
/// At the first batch of a segment it decides which mask serves it, at the last it takes down how well that mask does,
/// and it finds masks that serve the same task. Who drives it holds the masks, trains them and stores what is decided.
/// Continues where it is awaited, so that a grain stays within its turn.
/// </summary>
/// <typeparam name="TMask">A mask.</typeparam>
/// <typeparam name="TBatch">Labelled examples.</typeparam>
/// <param name="masks">The masks.</param>
/// <param name="classes">Number of classes; chance is one in so many.</param>
/// <param name="fit">How far from chance to its usual accuracy a mask must be to fit.</param>
/// <param name="rule">Finds the mask that fits a batch, in place of <see cref="VerifiedAllocation"/>.</param>
public sealed class StreamAlgorithm<TMask, TBatch>(
    IStreamMasks<TMask, TBatch> masks, int classes, double fit, Func<TBatch, TMask?>? rule = null)
    where TMask : class, IStreamMask
    where TBatch : class
{
    /// <summary>Decides who serves a segment.</summary>
    /// <param name="batch">The first batch of the segment.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<SegmentDecision<TMask>> DecideAsync(TBatch batch, CancellationToken cancellationToken)
    {
        List<(TMask Mask, double Accuracy)> tried = [];
        TMask? fitting = rule is null ? await VerifiedAsync(batch, tried, cancellationToken) : rule(batch);
        if (fitting is not null) return new(fitting, IsNew: false, Fits: true);
        if (await masks.AllocateAsync(cancellationToken) is { } allocated) return new(allocated, IsNew: true, Fits: true);
        return new(masks.Nearest(batch, tried), IsNew: false, Fits: false);
    }

    /// <summary>Ends a segment. What its mask can do now is what it is held to when its task comes back.</summary>
    /// <param name="mask">The mask that served it.</param>
    /// <param name="last">The last batch of the segment.</param>
    /// <param name="isTrained">Whether the mask was trained on the segment, and for its own task.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The mask's usual accuracy from now on.</returns>
    public async Task<double?> EndAsync(TMask mask, TBatch last, bool isTrained, CancellationToken cancellationToken)
    {
        double? usual = await masks.AccuracyAsync(mask, last, cancellationToken) ?? mask.Usual;
        if (isTrained) await masks.KeepSampleAsync(mask, last);
        return usual;
    }

    /// <summary>Finds a mask that serves the same task as another, by samples of both (<see cref="VerifiedAllocation.AreSame"/>).</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Which of the two goes, the less accurate on both samples, and which stays; null where there is no other.</returns>
    public async Task<(TMask Goes, TMask Stays)?> FindTwinAsync(TMask mask, CancellationToken cancellationToken)
    {
        if (await masks.SampleAsync(mask) is not { } own) return null;
        if (await masks.AccuracyAsync(mask, own, cancellationToken) is not { } ownOnOwn) return null;
        foreach (TMask other in await masks.TwinsAsync(own, cancellationToken))
        {
            if (other.Id == mask.Id || await masks.SampleAsync(other) is not { } others) continue;
            double?[] accuracies = await Task.WhenAll(
                masks.AccuracyAsync(mask, others, cancellationToken),
                masks.AccuracyAsync(other, own, cancellationToken),
                masks.AccuracyAsync(other, others, cancellationToken));
            if (accuracies is not [{ } ownOnOthers, { } otherOnOwn, { } otherOnOthers]) continue;
            MaskFit oneOnOther = new(mask.Id, ownOnOthers, otherOnOthers);
            if (!VerifiedAllocation.AreSame(oneOnOther, new MaskFit(other.Id, otherOnOwn, ownOnOwn), classes)) continue;
            double ahead = ownOnOwn + ownOnOthers - otherOnOwn - otherOnOthers;
            return ahead > 0 || (ahead == 0 && mask.Id < other.Id) ? (other, mask) : (mask, other); // the older one where they are equal
        }

        return null;
    }

    private async Task<TMask?> VerifiedAsync(TBatch batch, List<(TMask Mask, double Accuracy)> tried, CancellationToken cancellationToken)
    {
        foreach (Task<TMask[]> round in masks.Candidates(batch, cancellationToken))
        {
            TMask[] candidates = await round;
            double?[] accuracies = await Task.WhenAll(candidates.Select(mask => masks.AccuracyAsync(mask, batch, cancellationToken)));
            tried.AddRange(candidates.Zip(accuracies).Where(run => run.Second is not null).Select(run => (run.First, run.Second!.Value)));
            IEnumerable<MaskFit> fits = tried.Select(run => new MaskFit(run.Mask.Id, run.Accuracy, run.Mask.Usual ?? 1));
            int? chosen = VerifiedAllocation.Choose(fits, classes, fit);
            if (chosen is not null) return tried.Find(run => run.Mask.Id == chosen).Mask;
        }

        return null;
    }
}
