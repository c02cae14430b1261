using System.Diagnostics;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Inference;

/// <summary>
/// Lets requests that wait at the same time share one pass. No request waits for company: a pass starts as soon as one
/// of the few allowed at once is free, and takes what has gathered until then. Used in grain turns only.
/// </summary>
/// <param name="maxRows">Largest number of images in a pass, just now; a larger request has a pass of its own.</param>
/// <param name="maxPasses">Passes at once.</param>
/// <param name="maxWaiting">Images that may wait; what comes beyond is refused, so that memory is bounded.</param>
/// <param name="pass">Runs one pass over the joined inputs.</param>
/// <param name="telemetry">Hears of passes and refusals; null for no one.</param>
internal sealed class QueryBatcher(Func<int> maxRows, int maxPasses, int maxWaiting,
    Func<InputBatch, InferenceOptions, CancellationToken, Task<Prediction[]>> pass, PassTelemetry? telemetry = null)
{
    private readonly LinkedList<PendingQuery> _waiting = new();
    private int _running;
    private int _waitingRows;

    /// <summary>Answers a request.</summary>
    /// <exception cref="SupSupException">Unavailable: too many wait already.</exception>
    public Task<Prediction[]> InferAsync(InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken)
    {
        if (_waiting.Count > 0 && _waitingRows + inputs.Rows > maxWaiting)
        {
            telemetry?.Refused();
            throw new SupSupException(
                SupSupError.Unavailable,
                $"the queue is full: {_waitingRows} images wait to be inferred, at most {maxWaiting} may; ask again later, or raise "
                    + "Compute:InferenceQueueRows");
        }

        PendingQuery query = new(inputs, options, cancellationToken);
        _waitingRows += inputs.Rows;
        _waiting.AddLast(query);
        if (_running < maxPasses) _ = PumpAsync();
        return query.Answer.Task;
    }

    private async Task PumpAsync()
    {
        _running++;
        try
        {
            while (Take() is { Count: > 0 } queries) await PassAsync(queries);
        }
        finally
        {
            _running--;
        }
    }

    // The oldest request, and those behind it with the same options as far as they fit. Rows that share a task have their own pass.
    private List<PendingQuery> Take()
    {
        List<PendingQuery> taken = [];
        int rows = 0;
        int limit = maxRows();
        for (LinkedListNode<PendingQuery>? node = _waiting.First; node is not null;)
        {
            LinkedListNode<PendingQuery>? next = node.Next;
            PendingQuery query = node.Value;
            if (query.CancellationToken.IsCancellationRequested)
            {
                query.Answer.TrySetCanceled(query.CancellationToken);
                Remove(node);
            }
            else if (taken.Count == 0 || (rows + query.Inputs.Rows <= limit && Joins(query, taken[0])))
            {
                taken.Add(query);
                rows += query.Inputs.Rows;
                Remove(node);
            }

            node = next;
        }

        return taken;
    }

    private static bool Joins(PendingQuery query, PendingQuery first) => query.Options == first.Options && !query.Options.SharedTask;

    private void Remove(LinkedListNode<PendingQuery> node)
    {
        _waiting.Remove(node);
        _waitingRows -= node.Value.Inputs.Rows;
    }

    private async Task PassAsync(List<PendingQuery> queries)
    {
        using CancellationTokenSource end = new();
        using Registrations leaving = Leaving(queries, end);
        try
        {
            InputBatch inputs = Join(queries);
            using Activity? activity = telemetry?.Start(queries, inputs.Rows);
            Prediction[] predictions = await pass(inputs, queries[0].Options, end.Token);
            int start = 0;
            foreach (PendingQuery query in queries)
            {
                query.Answer.TrySetResult(predictions[start..(start + query.Inputs.Rows)]);
                start += query.Inputs.Rows;
            }
        }
#pragma warning disable CA1031 // Every exception goes to the requests of the pass.
        catch (Exception e)
#pragma warning restore CA1031
        {
            foreach (PendingQuery query in queries) query.Answer.TrySetException(e);
        }
    }

    // A request that is cancelled ends at once; the pass goes on for the others, and ends with the last.
    private static Registrations Leaving(List<PendingQuery> queries, CancellationTokenSource end)
    {
        int left = queries.Count;
        return new Registrations([.. queries.Select(query => query.CancellationToken.Register(() =>
        {
            query.Answer.TrySetCanceled(query.CancellationToken);
            if (Interlocked.Decrement(ref left) == 0) end.Cancel();
        }))]);
    }

    private static InputBatch Join(List<PendingQuery> queries)
    {
        if (queries.Count == 1) return queries[0].Inputs;
        float[] values = new float[queries.Sum(query => query.Inputs.Values.Length)];
        int start = 0;
        foreach (PendingQuery query in queries)
        {
            query.Inputs.Values.CopyTo(values, start);
            start += query.Inputs.Values.Length;
        }

        return new InputBatch { Rows = queries.Sum(query => query.Inputs.Rows), Values = values };
    }

    private sealed class Registrations(CancellationTokenRegistration[] each) : IDisposable
    {
        public void Dispose()
        {
            foreach (CancellationTokenRegistration registration in each) registration.Dispose();
        }
    }
}
