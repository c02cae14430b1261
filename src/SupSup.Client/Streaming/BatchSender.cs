using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>
/// Sends a stream of batches to a task: several under way at once, each kept until it is durable. The silo's answers say
/// what is wanted next, and that is sent; after a fault it is asked. One flow of control, so nothing here is locked.
/// </summary>
/// <param name="task">The task.</param>
/// <param name="name">Its name, for messages.</param>
/// <param name="order">What opens the stream.</param>
/// <param name="batchesFrom">Gives the batches from a number on; null where they can no longer be read from there.</param>
/// <param name="options">How many are under way, and kept.</param>
/// <param name="progress">Told of each position.</param>
/// <param name="retrier">Repeats calls.</param>
/// <param name="cancellationToken">Ends it.</param>
internal sealed class BatchSender(
    ITaskGrain task, string name, TrainingOrder order, Func<int, IAsyncEnumerable<LabelledBatch>?> batchesFrom, StreamOptions options,
    Action<StreamPosition>? progress, Retrier retrier, CancellationToken cancellationToken) : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly CallPatience _patience = retrier.Patience($"stream to task {name}");
    private readonly BatchSource _source = new(batchesFrom, name, cancellationToken);

    // What a crash of the silo could make wanted again, and of it what is to be sent.
    private readonly SortedDictionary<int, LabelledBatch> _kept = [];
    private readonly SortedSet<int> _unsent = [];
    private readonly Dictionary<Task<StreamPosition>, int> _underWay = [];
    private CancellationTokenSource _round = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private bool _inStep;
    private bool _opened;
    private int _total;
    private int _wanted;
    private int _idle;
    private StreamPosition _known = new() { Trained = 0, Durable = 0 };

    /// <summary>Sends until the mask is durable.</summary>
    public async Task<TaskSummary> RunAsync()
    {
        while (true)
        {
            try
            {
                if (await StepAsync() is { } summary) return summary;
            }
            catch (Exception e) when (!_source.Failed && retrier.IsTransient(e, cancellationToken))
            {
                await RecallAsync();
                await _patience.WaitAsync(e, cancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await RecallAsync();
        _round.Dispose();
        await _source.DisposeAsync();
    }

    private async Task<TaskSummary?> StepAsync()
    {
        if (!_inStep && await GetInStepAsync() is { } already) return already;
        while (_unsent.Count > 0 && _underWay.Count < options.InFlight) Send(_unsent.Min);
        if (_unsent.Count == 0 && _source.Reading is null && !_source.Ended && _source.Next < _total
            && _kept.Count < options.MaxUnacknowledged) _source.Read();
        if (_underWay.Count == 0 && _source.Reading is null) return await SettleAsync();

        await Task.WhenAny(_source.Reading is { } reading ? _underWay.Keys.Append<Task>(reading) : _underWay.Keys);
        if (_source.Reading is { IsCompleted: true } && await _source.TakeAsync() is { } read) Keep(read.Number, read.Batch);

        // Every answer that is there: of one at a time, those to calls that are repeated could keep others back for ever.
        (bool isBehind, bool isForward) = (false, false);
        foreach ((Task<StreamPosition> call, int number) in _underWay.Where(one => one.Key.IsCompleted).OrderBy(one => one.Value).ToArray())
        {
            _underWay.Remove(call);
            StreamPosition position = await call;
            isForward |= Take(position);
            if (position.Summary is { } summary) return summary;
            if (position.Trained > number) continue;

            // It was not trained: batches before it are missing, or the silo has too many waiting.
            isBehind = true;
            Resend(position.Trained);
        }

        if (!isBehind) return null;
        _idle = isForward ? 0 : _idle + 1;
        if (_idle > 0) await Task.Delay(Pause(), retrier.Time, cancellationToken);
        return null;
    }

    // Where nothing can be sent or read: all is trained, or too much is kept, or the batches came to their end.
    private async Task<TaskSummary?> SettleAsync()
    {
        StreamPosition position = await FlushAsync();
        if (position.Summary is not null) return position.Summary;
        Resend(position.Trained);
        if (_source.Ended && _unsent.Count == 0)
            throw new SupSupException(
                SupSupError.InvalidRequest,
                $"the batches of task {name} ended after {_source.Next} of {_total}; {position.Durable} are durable, so continue with "
                    + $"batch {position.Durable}");
        return null;
    }

    // The order opens the stream, again too, and tells where it stands.
    private async Task<TaskSummary?> GetInStepAsync()
    {
        TrainingProgress start = await retrier.OnceAsync(_patience, token => task.TrainAsync(order, token), cancellationToken);
        if (start.Error is { } error) throw error;
        if (start.Summary is not null) return start.Summary;
        (_total, _wanted) = (start.Batches, start.BatchesDone);
        if (!_opened || _wanted < _known.Durable)
        {
            // What was trained before this client came must not be wanted again, since it does not keep it.
            _known = new StreamPosition { Trained = 0, Durable = 0 };
            if (_wanted > 0 && (await FlushAsync()).Summary is { } summary) return summary;
            _kept.Clear();
            await _source.OpenAsync(_wanted);
            _opened = true;
        }

        _unsent.Clear();
        Resend(_wanted);
        _inStep = true;
        return null;
    }

    private async Task<StreamPosition> FlushAsync()
    {
        StreamPosition position = await retrier.OnceAsync(_patience, task.FlushAsync, cancellationToken);
        Take(position);
        return position;
    }

    private void Send(int number)
    {
        _unsent.Remove(number);
        LabelledBatch batch = _kept[number];
        _underWay.Add(retrier.OnceAsync(_patience, token => task.SubmitAsync(number, batch, token), _round.Token), number);
    }

    private void Keep(int number, LabelledBatch batch)
    {
        if (number < _known.Durable) return;
        _kept.Add(number, batch);
        if (number >= _wanted) _unsent.Add(number);
    }

    // Answers may overtake one another: what one says holds at least.
    private bool Take(StreamPosition position)
    {
        _wanted = Math.Max(_wanted, position.Trained);
        _unsent.RemoveWhere(number => number < _wanted);
        if (position.Trained <= _known.Trained && position.Durable <= _known.Durable && position.Summary is null) return false;
        _patience.Renew();
        _idle = 0;
        _known = new StreamPosition
        {
            Trained = Math.Max(position.Trained, _known.Trained),
            Durable = Math.Max(position.Durable, _known.Durable),
            Summary = position.Summary
        };
        while (_kept.Count > 0 && _kept.Keys.First() is var oldest && oldest < _known.Durable) _kept.Remove(oldest);
        progress?.Invoke(_known);
        return true;
    }

    // Whatever of it is kept and not under way; an answer that was overtaken costs a repetition at most. Where the silo
    // wants a batch that is no longer kept, the source is asked again.
    private void Resend(int from)
    {
        _wanted = from;
        if (from < _known.Durable) _inStep = false;
        foreach (int number in _kept.Keys)
            if (number >= from && !_underWay.ContainsValue(number)) _unsent.Add(number);
    }

    private async Task RecallAsync()
    {
        _inStep = false;
        await _round.CancelAsync();
        foreach (Task<StreamPosition> call in _underWay.Keys) await ((Task)call).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _underWay.Clear();
        _round.Dispose();
        _round = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    private TimeSpan Pause() => TimeSpan.FromTicks(Math.Min(
        Math.Min(LongestPause.Ticks, retrier.Options.LongestDelay.Ticks), retrier.Options.FirstDelay.Ticks << Math.Min(_idle - 1, 20)));
}
