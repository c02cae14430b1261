using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>
/// A stream of labelled batches that do not say which task they are of: the model finds the mask that serves them, or
/// allocates one. What is sent is kept until it is durable, so faults of the cluster cost nothing. Calls may overlap; batches
/// are sent in the order of the calls. One client sends to a stream at a time.
/// </summary>
#pragma warning disable CA1001 // Semaphores without wait handles hold nothing.
public sealed class SupSupStream
{
    // Batches after which the silo is asked to make durable what it has, so that few are kept.
    private const int MostKept = 256;

    private readonly IStreamGrain _stream;
    private readonly Retrier _retrier;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly SortedDictionary<long, LabelledBatch> _kept = [];
    private StreamAnswer _answer;

    private SupSupStream(IStreamGrain stream, Retrier retrier, string name, StreamAnswer answer)
    {
        _stream = stream;
        _retrier = retrier;
        _answer = answer;
        Name = name;
        Next = answer.Next;
    }

    /// <summary>Model and name of the stream.</summary>
    public string Name { get; }

    /// <summary>Number that the next batch gets, from 0. A client that was restarted goes on with the batch of this number.</summary>
    public long Next { get; private set; }

    /// <summary>Sends a batch, and those before it that a fault of the cluster has undone.</summary>
    /// <param name="inputs">Inputs [rows, inputs]; must not change any more.</param>
    /// <param name="labels">Class of each row; must not change any more.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Who serves the batch, and where the stream stands.</returns>
    /// <exception cref="SupSupException">
    /// InvalidRequest: the batch is refused, and counts as not sent. Unavailable: the cluster could not be reached for longer
    /// than <see cref="RetryOptions.RetryFor"/>; the batch is kept and goes first with the next call, as after a
    /// cancellation, so do not send it again. Conflict: another client sends to the stream, or it wants
    /// batches again that were durable, since their task was removed or the store replaced.
    /// </exception>
    public Task<StreamAnswer> SendAsync(InputBatch inputs, int[] labels, CancellationToken cancellationToken = default) => InTurnAsync(
        async () =>
        {
            await PumpAsync(cancellationToken);
            if (_kept.Count >= MostKept) await RunAsync("flush", _stream.FlushAsync, cancellationToken);
            _kept.Add(Next++, new LabelledBatch { Inputs = inputs, Labels = labels });
            await PumpAsync(cancellationToken);
        },
        cancellationToken);

    /// <summary>Makes durable what was sent. An application that does so before it forgets a batch loses
    /// none, though it be killed.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<StreamAnswer> FlushAsync(CancellationToken cancellationToken = default) =>
        InTurnAsync(() => EndAsync("flush", _stream.FlushAsync, cancellationToken), cancellationToken);

    /// <summary>Completes the masks in training with the batches they have had, so that inference knows them.
    /// The stream may go on afterwards.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<StreamAnswer> CompleteAsync(CancellationToken cancellationToken = default) => InTurnAsync(
        async () =>
        {
            // The stream may not know of what was lost with a silo, and would complete masks without it.
            await EndAsync("flush", _stream.FlushAsync, cancellationToken);
            await EndAsync("complete", _stream.CompleteAsync, cancellationToken);
        },
        cancellationToken);

    /// <summary>What was decided for the stream's segments, and its masks.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<StreamDescription> DescribeAsync(CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"describe stream {Name}", _stream.DescribeAsync, cancellationToken);

    /// <summary>
    /// Looks at every learned mask of the stream for another that serves the same task, and removes one of the two. The silo
    /// does so by itself when a mask is learned; this is for what it could not merge then.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; what was merged stays so.</param>
    public async Task<IReadOnlyList<StreamMerge>> MergeAsync(CancellationToken cancellationToken = default)
    {
        List<StreamMerge> merges = [];
        foreach (int task in (await DescribeAsync(cancellationToken)).Learned)
            if (await _retrier.RunAsync($"merge masks of stream {Name}", token => _stream.MergeAsync(task, token), cancellationToken)
                is { } merge) merges.Add(merge);
        return merges;
    }

    // What others sent before must not be wanted again, since this client does not keep it: hence the flush.
    internal static async Task<SupSupStream> OpenAsync(
        IStreamGrain stream, Retrier retrier, string name, StreamSpec spec, CancellationToken cancellationToken)
    {
        await retrier.RunAsync($"open stream {name}", token => stream.OpenAsync(spec, token), cancellationToken);
        return new SupSupStream(stream, retrier, name, await retrier.RunAsync($"open stream {name}", stream.FlushAsync, cancellationToken));
    }

    private async Task EndAsync(string what, Func<CancellationToken, Task<StreamAnswer>> call, CancellationToken cancellationToken)
    {
        do
        {
            await PumpAsync(cancellationToken);
            await RunAsync(what, call, cancellationToken);
        }
        while (_answer.Next < Next); // a silo was lost in between
    }

    private async Task<StreamAnswer> InTurnAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await work();
            return _answer;
        }
        finally
        {
            _turn.Release();
        }
    }

    // Sends what the silo wants until it has all.
    private async Task PumpAsync(CancellationToken cancellationToken)
    {
        for (int idle = 0; _answer.Next < Next;)
        {
            long number = _answer.Next;
            if (!_kept.TryGetValue(number, out LabelledBatch? batch))
                throw new SupSupException(SupSupError.Conflict, $"stream {Name} asks again for batch {number}, which was durable: the task "
                    + "of its segment was removed, the store was replaced, or another client sent it; open the stream again and "
                    + "continue from there");
            try
            {
                await RunAsync("send to", token => _stream.SubmitAsync(number, batch, token), cancellationToken);
            }
            catch (SupSupException e) when (e.Error == SupSupError.InvalidRequest && number == Next - 1)
            {
                _kept.Remove(number);
                Next--;
                throw;
            }

            idle = _answer.Next == number ? idle + 1 : 0;
            if (idle > 0) await Task.Delay(_retrier.Delay(idle), _retrier.Time, cancellationToken); // too many wait there
        }
    }

    private async Task RunAsync(string what, Func<CancellationToken, Task<StreamAnswer>> call, CancellationToken cancellationToken)
    {
        _answer = await _retrier.RunAsync($"{what} stream {Name}", call, cancellationToken);
        while (_kept.Count > 0 && _kept.Keys.First() is var oldest && oldest < _answer.Durable) _kept.Remove(oldest);
        if (_answer.Next > Next)
            throw new SupSupException(
                SupSupError.Conflict,
                $"stream {Name} is at batch {_answer.Next}, but this client would send {Next}: another client sends to it; send from one "
                    + "client at a time, and open the stream again");
    }
}
