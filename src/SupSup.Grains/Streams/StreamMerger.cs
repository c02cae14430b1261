using SupSup.Core.Streams;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Streams;

/// <summary>Finds masks of a stream that serve the same task, by <see cref="VerifiedAllocation.AreSame"/> on samples of both.</summary>
/// <param name="classes">The model's classes.</param>
/// <param name="masks">The model's masks.</param>
/// <param name="samples">The stream's samples.</param>
internal sealed class StreamMerger(int classes, StreamMasks masks, StreamSamples samples)
{
    /// <summary>Looks for a mask that serves the same task as a learned one, among those that inference names for its sample.</summary>
    /// <param name="state">The stream.</param>
    /// <param name="task">The learned mask.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Which of the two is to go, the less accurate on both samples; null where there is no other.</returns>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task<StreamMerge?> FindAsync(StreamState state, StreamTask task, CancellationToken cancellationToken)
    {
        if (await samples.ReadAsync(task.Task) is not { } own || await masks.AccuracyAsync(task, own, cancellationToken) is not { } ownOnOwn) return null;
        foreach (int named in await masks.NamedAsync(own, cancellationToken))
        {
            if (named == task.Task || state.Find(named) is not { IsOpen: false } other || IsInHand(state, other)) continue;
            if (await samples.ReadAsync(named) is not { } others) continue;
            double?[] accuracies = await Task.WhenAll(
                masks.AccuracyAsync(task, others, cancellationToken), masks.AccuracyAsync(other, own, cancellationToken), masks.AccuracyAsync(other, others, cancellationToken));
            if (accuracies is not [{ } ownOnOthers, { } otherOnOwn, { } otherOnOthers]) continue;
            MaskFit one = new(task.Task, ownOnOthers, otherOnOthers);
            MaskFit two = new(named, otherOnOwn, ownOnOwn);
            if (!VerifiedAllocation.AreSame(one, two, classes)) continue;
            double ahead = ownOnOwn + ownOnOthers - otherOnOwn - otherOnOthers;
            bool stays = ahead > 0 || (ahead == 0 && task.Task < named); // the older one where they are equal
            return stays ? new StreamMerge(named, task.Task) : new StreamMerge(task.Task, named);
        }

        return null;
    }

    /// <summary>Whether the segment in hand is served by a mask, which then cannot go.</summary>
    public static bool IsInHand(StreamState state, StreamTask task) => state.Segment?.Allocation.Task == task.Task;
}
