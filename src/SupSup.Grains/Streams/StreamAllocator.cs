using SupSup.Core.Streams;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Streams;

/// <summary>Decides who serves a segment of a stream, by <see cref="VerifiedAllocation"/>.</summary>
/// <param name="spec">The stream's definition.</param>
/// <param name="classes">The model's classes.</param>
/// <param name="masks">The model's masks.</param>
/// <param name="coordinator">Hands out tasks.</param>
internal sealed class StreamAllocator(StreamSpec spec, int classes, StreamMasks masks, ICoordinatorGrain coordinator)
{
    /// <summary>Masks of a stream that may be in training at once: each is run on the first batch of every segment.</summary>
    public const int MostOpen = 8;

    /// <summary>Where the stream holds as many masks as it may, without those that others have deleted.</summary>
    /// <param name="state">The stream.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<StreamState> WithoutDeletedAsync(StreamState state, CancellationToken cancellationToken)
    {
        if (!(state.Tasks.Length >= spec.MaskCap)) return state;
        TaskDirectory present = TaskDirectory.Empty.With((await coordinator.GetChangesAsync(-1, cancellationToken))?.Changes ?? []);
        return state.Tasks.Where(task => !task.IsOpen && present.Find(task.Task) is null).Aggregate(state, (left, task) => left.Without(task.Task));
    }

    /// <summary>Decides.</summary>
    /// <param name="state">The stream.</param>
    /// <param name="batch">First batch of the segment.</param>
    /// <param name="cancellationToken">Ends the wait; at worst a task index is left out.</param>
    /// <returns>The decision, and the task as it is before the segment; null where there is none.</returns>
    /// <exception cref="SupSupException">Unavailable, or Damaged: no mask can be read.</exception>
    public async Task<(StreamAllocation Allocation, StreamTask? Task)> DecideAsync(StreamState state, LabelledBatch batch, CancellationToken cancellationToken)
    {
        int? last = state.Allocations.IsEmpty ? null : state.Allocations[^1].Task;
        IEnumerable<StreamTask> named = (await masks.NamedAsync(batch, cancellationToken)).Select(task => state.Find(task) ?? new StreamTask { Task = task });
        StreamTask[] candidates = [.. state.Tasks.Where(task => task.IsOpen || task.Task == last).Concat(named).DistinctBy(task => task.Task)];
        double?[] accuracies = await System.Threading.Tasks.Task.WhenAll(candidates.Select(task => masks.AccuracyAsync(task, batch, cancellationToken)));
        (StreamTask Task, double Accuracy)[] tried = [.. candidates.Zip(accuracies).Where(run => run.Second is not null).Select(run => (run.First, run.Second!.Value))];

        // A mask of which no usual accuracy is known, such as one learned outside the stream, is held to be perfect.
        int? chosen = VerifiedAllocation.Choose(tried.Select(run => new MaskFit(run.Task.Task, run.Accuracy, run.Task.Usual ?? 1)), classes, spec.Fit);
        StreamTask? found = tried.FirstOrDefault(run => run.Task.Task == chosen).Task;
        if (found is not null) return Serve(found, found.IsOpen ? StreamAllocationKind.Continued : StreamAllocationKind.Reused);
        if (!(state.Tasks.Length >= spec.MaskCap))
            return Serve(new StreamTask { Task = await coordinator.AllocateTaskAsync(cancellationToken), IsOpen = true }, StreamAllocationKind.Allocated);
        StreamTask? best = tried.OrderByDescending(run => run.Accuracy).FirstOrDefault().Task;
        return best is { IsOpen: true } ? Serve(best, StreamAllocationKind.Crowded) : (new StreamAllocation(state.Ended, best?.Task, StreamAllocationKind.Refused), null);

        (StreamAllocation Allocation, StreamTask Task) Serve(StreamTask task, StreamAllocationKind kind) =>
            (new StreamAllocation(state.Ended, task.Task, kind), task with { LastServed = state.Ended });
    }
}
