using SupSup.Core.Teams;

namespace SupSup.Grains.Compute;

/// <summary>
/// The idle threads of a pool as the team of one training: while nothing else wants them they help with every step, and
/// the first piece of other work takes them back. A helper stays with the training between phases, which are too short
/// to be woken for.
/// </summary>
internal sealed class IdleThreads : ITeam, IDisposable
{
    // One word says which run it is, how many parts it has and which is next: a helper that is late takes none.
    private const int NextBits = 24;
    private const int PartBits = 24;
    private const ulong Mask = (1UL << NextBits) - 1;

    private readonly WorkerPool _pool;
    private readonly Action _help;
    private ulong _state;
    private Action<int> _body = static _ => { };
    private Exception? _failure;
    private int _done;
    private int _helpers;
    private volatile bool _ended;

    /// <summary>Starts without helpers.</summary>
    /// <param name="pool">The pool, on one of whose threads the training runs.</param>
    public IdleThreads(WorkerPool pool)
    {
        _pool = pool;
        _help = Help;
    }

    /// <inheritdoc/>
    public int Threads => Volatile.Read(ref _helpers) + 1;

    /// <inheritdoc/>
    public void Run(int parts, Action<int> body)
    {
        Recruit();
        (_body, _done, _failure) = (body, 0, null);
        Volatile.Write(ref _state, ((_state >> (NextBits + PartBits)) + 1) << (NextBits + PartBits) | ((ulong)parts << NextBits));
        while (TakePart())
        {
        }

        SpinWait wait = default;
        while (Volatile.Read(ref _done) < parts) wait.SpinOnce(sleep1Threshold: -1);
        if (_failure is { } failure) throw new InvalidOperationException(failure.Message, failure);
    }

    /// <summary>Lets the helpers go.</summary>
    public void Dispose() => _ended = true;

    private void Recruit()
    {
        while (Volatile.Read(ref _helpers) < _pool.Threads - 1 && _pool.HasIdle)
        {
            Interlocked.Increment(ref _helpers);
            _pool.Post(_help);
        }
    }

    private void Help()
    {
        SpinWait wait = default;
        while (!_ended && !_pool.HasWaiting)
        {
            if (TakePart()) wait.Reset();
            else wait.SpinOnce(sleep1Threshold: -1);
        }

        Interlocked.Decrement(ref _helpers);
    }

    private bool TakePart()
    {
        ulong seen = Volatile.Read(ref _state);
        if ((seen & Mask) >= (seen >> NextBits & Mask) || Interlocked.CompareExchange(ref _state, seen + 1, seen) != seen)
            return HasParts();
        try
        {
            _body((int)(seen & Mask));
        }
#pragma warning disable CA1031 // Whoever runs the parts gets it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failure = e;
        }

        Interlocked.Increment(ref _done);
        return true;
    }

    private bool HasParts()
    {
        ulong seen = Volatile.Read(ref _state);
        return (seen & Mask) < (seen >> NextBits & Mask);
    }
}
