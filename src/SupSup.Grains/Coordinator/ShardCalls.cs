using System.Collections.Immutable;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Placement;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// Calls to the shards of a model. A shard that was moved or restarted knows nothing: it is told its assignment, and
/// asked again. Where there is a second copy, it is asked too as soon as the first is late, or its answer is lost, and the first answer
/// that comes is taken. Used in grain turns.
/// </summary>
/// <param name="model">The model's name.</param>
/// <param name="spec">The model's definition.</param>
/// <param name="grains">Finds the shards.</param>
/// <param name="time">Measures answers.</param>
/// <param name="copies">How many copies of each shard there are; null for one.</param>
/// <param name="others">The other silos; null where that is of no interest.</param>
internal sealed class ShardCalls(
    string model, ModelSpec spec, IGrainFactory grains, TimeProvider time, Func<int>? copies = null,
    Func<ImmutableArray<SiloAddress>>? others = null)
{
    /// <summary>Runs by convolutions in one call, a second of work at most.</summary>
    public const int ConvolutionRuns = 256;

    private const int Attempts = 3;

    // Shards whose copies are made ready at once.
    private const int ReadyAtOnce = 4;

    // For how long a first copy that was late is asked after the second.
    private static readonly TimeSpan LateFor = TimeSpan.FromSeconds(5);

    // Second copies follow what is learned, but not every single task, and are looked after when nothing is: their silos are lost, too,
    // and copies move. Where each is must be known before the silo that knows it is lost.
    private static readonly TimeSpan ReadyAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReadyEvery = TimeSpan.FromSeconds(5);

    private readonly Patience _memory = new(TimeSpan.FromMilliseconds(250), time);
    private readonly Patience _store = new(TimeSpan.FromSeconds(5), time);
    private readonly Dictionary<int, long> _late = [];
    private Task _readying = Task.CompletedTask;
    private long _ready = -1;
    private long _readySince;
    private ImmutableArray<SiloAddress> _readyOthers = [];

    private int Copies => copies?.Invoke() ?? 1;

    /// <summary>A shard, for a question of which it may answer that it is behind.</summary>
    /// <param name="shard">Shard index.</param>
    /// <param name="copy">Which copy.</param>
    public IShardGrain Grain(int shard, int copy = 0) =>
        grains.GetGrain<IShardGrain>(GrainKeys.Shard(model, ShardCopies.Index(shard, copy)));

    /// <summary>Asks a shard.</summary>
    /// <param name="directory">The directory that the question goes by.</param>
    /// <param name="shard">Shard index.</param>
    /// <param name="ask">The question; where its answer is lost it is asked again.</param>
    /// <param name="isBehind">Whether an answer says that the shard must be given its assignment first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="reads">Whether the shard may have to read many masks for it.</param>
    /// <returns>The answer, and which copy gave it.</returns>
    /// <exception cref="SupSupException">Unavailable: the shard is lost, or restarted again and again. Whatever the question
    /// throws.</exception>
    public async Task<(T Answer, int Copy)> AskAsync<T>(
        TaskDirectory directory, int shard, Func<IShardGrain, CancellationToken, Task<T>> ask, Func<T, bool> isBehind,
        CancellationToken cancellationToken, bool reads = false)
    {
        if (Copies == 1) return (await CopyAsync(0, cancellationToken), 0);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int first = IsLate(shard) ? 1 : 0;
        long start = time.GetTimestamp();
        Task<T> one = CopyAsync(first, either.Token, () => lost.TrySetResult());
        Patience patience = reads ? _store : _memory;
        bool isInTime = await patience.IsInTimeAsync(Task.WhenAny(one, lost.Task), cancellationToken);
        if (isInTime && !lost.Task.IsCompleted && (one.IsCompletedSuccessfully || !IsLost(one))) return (await one, first);
        long then = time.GetTimestamp();
        Task<T> other = CopyAsync(1 - first, either.Token);
        bool isOther = await EarlierAsync(one, other) == other;
        if (isOther && other.IsCompletedSuccessfully)
        {
            if (first == 0) _late[shard] = time.GetTimestamp();
            else _late.Remove(shard);
        }

        // What is slow here is slow there; what was lost here is quick there, and does not count.
        if ((isOther ? other : one).IsCompletedSuccessfully) patience.Note(time.GetElapsedTime(isOther ? then : start));
        LostAnswers.Leave(isOther ? one : other);
        await either.CancelAsync();
        return isOther ? (await other, 1 - first) : (await one, first);

        Task<T> CopyAsync(int copy, CancellationToken end, Action? onLost = null) =>
            this.CopyAsync(directory, shard, copy, ask, isBehind, end, onLost);
    }

    /// <summary>Asks the copy that answered before; not again where the answer is lost or late.</summary>
    /// <param name="shard">Shard index.</param>
    /// <param name="copy">Which copy.</param>
    /// <param name="ask">The question.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The answer; null where none came.</returns>
    public async Task<T?> AskOnceAsync<T>(
        int shard, int copy, Func<IShardGrain, CancellationToken, Task<T?>> ask, CancellationToken cancellationToken)
        where T : class
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        long start = time.GetTimestamp();
        Task<T?> answer = ask(Grain(shard, copy), end.Token);
        try
        {
            if (Copies == 1 || await _memory.IsInTimeAsync(answer, cancellationToken)) return await answer;
        }
        catch (Exception e) when (LostAnswers.Includes(e))
        {
            return null;
        }

        _memory.Note(time.GetElapsedTime(start));
        LostAnswers.Leave(answer);
        await end.CancelAsync();
        return null;
    }

    /// <summary>Runs masks of one shard.</summary>
    /// <param name="directory">The directory that the question goes by.</param>
    /// <param name="shard">Shard index.</param>
    /// <param name="revision">The assignment that it must have.</param>
    /// <param name="finalists">Which masks, on which images.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">As <see cref="AskAsync"/>; Damaged or NotFound where a mask is lost.</exception>
    public async Task<TaskPredictions> RunAsync(
        TaskDirectory directory, int shard, long revision, FinalistBatch finalists, CancellationToken cancellationToken)
    {
        (TaskPredictions? answer, _) = await AskAsync(
            directory, shard, (grain, end) => grain.RunAsync(revision, finalists, end), answer => answer is null, cancellationToken);
        return answer!;
    }

    /// <summary>Has both copies read their masks, where there are two, and it is time; nobody waits for it.</summary>
    /// <param name="directory">The model's tasks.</param>
    public void KeepReady(TaskDirectory directory)
    {
        if (directory.Count == 0 || !_readying.IsCompleted || Copies == 1) return;
        ImmutableArray<SiloAddress> now = others?.Invoke() ?? [];
        TimeSpan pause = _ready == directory.Revision ? ReadyEvery : ReadyAfter;
        if (_ready >= 0 && now.SequenceEqual(_readyOthers) && time.GetElapsedTime(_readySince) < pause) return;
        (_ready, _readySince, _readyOthers) = (directory.Revision, time.GetTimestamp(), now);
        _readying = ReadyAsync(directory);
    }

    private async Task ReadyAsync(TaskDirectory directory)
    {
        foreach (int[] some in Enumerable.Range(0, directory.Shards).Chunk(ReadyAtOnce))
            await Task.WhenAll(some.SelectMany(shard => new[] { ReadyAsync(directory, shard, 0), ReadyAsync(directory, shard, 1) }));
    }

    private async Task ReadyAsync(TaskDirectory directory, int shard, int copy)
    {
        try
        {
            await CopyAsync(
                directory, shard, copy, (grain, end) => grain.CheckHealthAsync(directory.ShardRevision(shard), end),
                answer => answer is null, CancellationToken.None);
        }
        catch (Exception e) when (e is SupSupException || LostAnswers.Includes(e))
        {
            // Whoever asks the copy hears of it, and it is tried again.
        }
    }

    private async Task<T> CopyAsync<T>(
        TaskDirectory directory, int shard, int copy, Func<IShardGrain, CancellationToken, Task<T>> ask, Func<T, bool> isBehind,
        CancellationToken cancellationToken, Action? onLost = null)
    {
        IShardGrain grain = Grain(shard, copy);
        string what = $"shard {shard} of model '{model}'";
        for (int attempt = 1; ; attempt++)
        {
            T answer = await LostAnswers.RepeatAsync(what, () => ask(grain, cancellationToken), time, cancellationToken, onLost);
            if (!isBehind(answer)) return answer;
            if (attempt == Attempts)
                throw new SupSupException(
                    SupSupError.Unavailable, $"{what} lost its masks {Attempts} times in one query; ask again");

            // What it gathers serves every later query, so no single caller's cancellation ends it.
            async Task<bool> AssignAsync()
            {
                await grain.AssignAsync(directory.Assignment(spec, shard), CancellationToken.None).WaitAsync(cancellationToken);
                return true;
            }

            await LostAnswers.RepeatAsync(what, AssignAsync, time, cancellationToken, onLost);
        }
    }

    // The call that is answered first; a lost one is no answer while the other may come.
    private static async Task<Task<T>> EarlierAsync<T>(Task<T> one, Task<T> other)
    {
        Task<T> ended = await Task.WhenAny(one, other);
        if (ended.IsCompletedSuccessfully) return ended;
        if (!IsLost(ended)) return ended;
        Task<T> left = ended == one ? other : one;
        await Task.WhenAny(left);
        LostAnswers.Leave(ended);
        return left;
    }

    // Whether a call that ended says nothing of what was asked, so that the other copy may know.
    private static bool IsLost(Task ended) =>
        ended.Exception?.InnerException is SupSupException { Error: SupSupError.Unavailable } or TimeoutException
            or OrleansMessageRejectionException;

    private bool IsLate(int shard) => _late.TryGetValue(shard, out long since) && time.GetElapsedTime(since) < LateFor;
}
