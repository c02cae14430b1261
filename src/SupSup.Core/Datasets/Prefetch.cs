using System.Runtime.ExceptionServices;

namespace SupSup.Core.Datasets;

/// <summary>
/// Makes things on several threads before they are asked for, and gives them out in order. No more than so many are made or in the making
/// at once. One thread asks.
/// </summary>
internal sealed class Prefetch<TKey, TMade> : IDisposable
{
    private readonly object _gate = new();
    private readonly Func<TKey> _next;
    private readonly Func<TKey, TMade> _make;
    private readonly long _count;
    private readonly Made?[] _made;
    private readonly Thread[] _threads;
    private long _claimed;
    private long _taken;
    private bool _isOver;

    /// <summary>Starts to make them.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="ahead">How many may be made before they are asked for, at least 1.</param>
    /// <param name="next">Tells what the next is to be made of; never called twice at once.</param>
    /// <param name="make">Makes one, on any thread.</param>
    public Prefetch(long count, int ahead, Func<TKey> next, Func<TKey, TMade> make)
    {
        (_count, _next, _make, _made) = (count, next, make, new Made?[ahead]);
        _threads = [.. Enumerable.Range(0, (int)Math.Clamp(count, 0, Math.Min(ahead, Environment.ProcessorCount)))
            .Select(_ => new Thread(Work) { IsBackground = true, Name = "supsup images" })];
        foreach (Thread thread in _threads) thread.Start();
    }

    /// <summary>Takes the next, once it is made.</summary>
    /// <exception cref="Exception">Whatever making it threw.</exception>
    public TMade Take()
    {
        Made? made;
        lock (_gate)
        {
            ref Made? place = ref _made[_taken % _made.Length];
            while ((made = place) is null) Monitor.Wait(_gate);
            place = null;
            _taken++;
            Monitor.PulseAll(_gate);
        }

        made.Error?.Throw();
        return made.Value!;
    }

    /// <summary>Stops, once what is in the making is made.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in _threads) thread.Join();
    }

    private void Work()
    {
        while (Claim() is var (number, key))
        {
            Made made;
            try
            {
                made = new(_make(key), null);
            }
#pragma warning disable CA1031 // Every exception goes to whoever asks for the thing.
            catch (Exception e)
#pragma warning restore CA1031
            {
                made = new(default, ExceptionDispatchInfo.Capture(e));
            }

            lock (_gate)
            {
                _made[number % _made.Length] = made;
                Monitor.PulseAll(_gate);
            }
        }
    }

    // Null when there is no more to do.
    private (long Number, TKey Key)? Claim()
    {
        lock (_gate)
        {
            while (!_isOver && _claimed < _count && _claimed - _taken >= _made.Length) Monitor.Wait(_gate);
            return _isOver || _claimed >= _count ? null : (_claimed++, _next());
        }
    }

    private sealed record Made(TMade? Value, ExceptionDispatchInfo? Error);
}
