using System.Runtime.CompilerServices;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>Orders the training of a task and watches it, also over the loss of the silo that trains: the order is then sent again, and
/// training goes on from its checkpoint.</summary>
/// <param name="task">The task.</param>
/// <param name="call">What is done, for messages.</param>
/// <param name="retrier">Repeats.</param>
internal sealed class TrainingWatch(ITaskGrain task, string call, Retrier retrier)
{
    /// <summary>Streams progress, which never goes back, until it is final.</summary>
    /// <param name="order">The order; null watches what others ordered.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public async IAsyncEnumerable<TrainingProgress> RunAsync(
        TrainingOrder? order, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CallPatience patience = retrier.Patience(call);
        TrainingProgress? furthest = null;
        while (true)
        {
            using Attempt limits = retrier.Begin(patience, cancellationToken);
            await using IAsyncEnumerator<TrainingProgress> session = SessionAsync(order, limits).GetAsyncEnumerator(CancellationToken.None);
            TimeSpan delay;
            while (true)
            {
                TrainingProgress? next = null;
                Exception? fault = null;
                try
                {
                    if (await session.MoveNextAsync()) next = session.Current;
                }
                catch (Exception e) when (retrier.IsTransient(limits.Explain(e), cancellationToken))
                {
                    fault = limits.Explain(e);
                }
                catch (Exception e) when (limits.Explain(e) is var better && better != e)
                {
                    throw better;
                }

                if (next is null)
                {
                    fault ??= new EnumerationAbortedException("the stream of progress ended");
                    delay = patience.Next(fault) ?? throw patience.GivenUp(fault);
                    break;
                }

                if (next.BatchesDone > (furthest?.BatchesDone ?? 0)) patience.Renew();

                // Where the silo was lost between the order and the watch, the task's next silo knows of no order, but of what the task
                // had before.
                bool isForgotten = next.State == TrainingState.Untrained
                    || (next.Summary?.Version is { } version && version == order?.Replaces);
                Exception? lost = order is null ? null
                    : isForgotten ? new EnumerationAbortedException("the silo that trained the task was lost")
                    : next.Error is { Error: SupSupError.Unavailable } ? next.Error : null;
                if (lost is not null && patience.Next(lost) is { } pause)
                {
                    delay = pause;
                    break;
                }

                furthest = NotBehind(next, furthest);
                yield return furthest;
                if (furthest.IsFinal) yield break;
            }

            await Task.Delay(delay, retrier.Time, cancellationToken);
        }
    }

    // After a crash a few batches are trained again; whoever watches need not see that.
    private static TrainingProgress NotBehind(TrainingProgress next, TrainingProgress? furthest) =>
        furthest is null || next.IsFinal || next.BatchesDone >= furthest.BatchesDone
        ? next
        : furthest with { State = next.State > furthest.State ? next.State : furthest.State };

    private static async Task EndAsync(IAsyncEnumerator<TrainingProgress> watch, Task pending)
    {
        await pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await watch.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async IAsyncEnumerable<TrainingProgress> SessionAsync(TrainingOrder? order, Attempt limits)
    {
        if (order is not null)
        {
            TrainingProgress first = await task.TrainAsync(order, limits.Token);
            limits.Pause();
            yield return first;
            if (first.IsFinal) yield break;
        }

        IAsyncEnumerator<TrainingProgress> watch = task.WatchAsync(limits.Token).GetAsyncEnumerator(limits.Token);
        Task<bool> pending = Task.FromResult(false);
        try
        {
            while (true)
            {
                limits.Resume();
                pending = watch.MoveNextAsync().AsTask();
                if (!await pending.WaitAsync(limits.Token)) yield break;
                limits.Pause();
                yield return watch.Current;
            }
        }
        finally
        {
            // Not waited for: the silo may be gone, and the call that ends the enumeration has no timeout of ours.
            _ = EndAsync(watch, pending);
        }
    }
}
