using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client.Tests.Streaming;

/// <summary>A stream grain of which every call may fail before or after it did its work, or find that the silo crashed since.</summary>
internal sealed class UnreliableStream(Random random, double faults, int segment = 10) : IStreamGrain
{
    private readonly List<int> _taken = [];
    private int _durable;

    /// <summary>What was taken, in this order.</summary>
    public IReadOnlyList<int> Taken => _taken;

    /// <summary>How many were taken each time that masks were completed, which cannot be undone.</summary>
    public List<int> Completed { get; } = [];

    /// <summary>What a crash cannot undo.</summary>
    public int Durable => _durable;

    public Task<StreamAnswer> OpenAsync(StreamSpec spec, CancellationToken cancellationToken) => CallAsync(() => { });

    public Task<StreamAnswer> SubmitAsync(long number, LabelledBatch batch, CancellationToken cancellationToken) => CallAsync(() =>
    {
        if (number != _taken.Count) return;
        if (batch.Labels.Length == 0) throw new SupSupException(SupSupError.InvalidRequest, "no labels");
        _taken.Add(batch.Labels[0]);
        if (_taken.Count % segment == 0) _durable = _taken.Count;
    });

    public Task<StreamAnswer> FlushAsync(CancellationToken cancellationToken) => CallAsync(() => _durable = _taken.Count);

    public Task<StreamAnswer> CompleteAsync(CancellationToken cancellationToken) => CallAsync(() =>
    {
        _durable = _taken.Count;
        Completed.Add(_taken.Count);
    });

    public Task DeleteAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StreamMerge?> MergeAsync(int task, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StreamDescription> DescribeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Loses what is not durable.</summary>
    public void Crash() => _taken.RemoveRange(_durable, _taken.Count - _durable);

    private async Task<StreamAnswer> CallAsync(Action work)
    {
        await Task.Yield();
        if (random.NextDouble() < faults) throw new SiloUnavailableException("before");
        if (random.NextDouble() < faults / 4) Crash();
        work();
        if (random.NextDouble() < faults) throw new SupSupException(SupSupError.Unavailable, "after");
        return new StreamAnswer { Next = _taken.Count, Durable = _durable, Masks = 1 };
    }
}
