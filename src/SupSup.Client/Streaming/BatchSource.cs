using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>The caller's batches, each read once, one read at a time.</summary>
/// <param name="batchesFrom">Gives the batches from a number on; null where they can no longer be read from there.</param>
/// <param name="name">The task, for messages.</param>
/// <param name="cancellationToken">Ends reading.</param>
internal sealed class BatchSource(Func<int, IAsyncEnumerable<LabelledBatch>?> batchesFrom, string name, CancellationToken cancellationToken)
    : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private IAsyncEnumerator<LabelledBatch>? _batches;

    /// <summary>Number of the batch that the next read gives.</summary>
    public int Next { get; private set; }

    /// <summary>Whether the batches came to their end.</summary>
    public bool Ended { get; private set; }

    /// <summary>Whether a read failed. The caller's failures are not the cluster's, whatever their type.</summary>
    public bool Failed { get; private set; }

    /// <summary>The read under way.</summary>
    public Task<LabelledBatch?>? Reading { get; private set; }

    /// <summary>Reads from a number on; where the batches can only be read from the start, those before it are to be left out.</summary>
    /// <exception cref="SupSupException">Conflict: they were read before and cannot be read again.</exception>
    public async Task OpenAsync(int number)
    {
        await CloseAsync();
        IAsyncEnumerable<LabelledBatch> batches = batchesFrom(number) is { } there
            ? At(number, there)
            : At(0, batchesFrom(0) ?? throw new SupSupException(
                SupSupError.Conflict, $"task {name} asks again for batch {number}, which was durable: its training was cancelled or its "
                    + "store replaced; submit the batches from that one on"));
        _batches = batches.GetAsyncEnumerator(_stop.Token);
        Ended = false;
    }

    /// <summary>Starts a read.</summary>
    public void Read() => Reading = ReadAsync(_batches!);

    /// <summary>Takes what was read: the batch and its number, or null at the end.</summary>
    public async Task<(int Number, LabelledBatch Batch)?> TakeAsync()
    {
        Task<LabelledBatch?> reading = Reading!;
        Reading = null;
        LabelledBatch? batch;
        try
        {
            batch = await reading;
        }
        catch
        {
            Failed = true;
            throw;
        }

        Ended = batch is null;
        return batch is null ? null : (Next++, batch);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await CloseAsync();
        _stop.Dispose();
    }

    private static async Task<LabelledBatch?> ReadAsync(IAsyncEnumerator<LabelledBatch> batches) =>
        await batches.MoveNextAsync() ? batches.Current : null;

    private static async Task EndAsync(IAsyncEnumerator<LabelledBatch> batches, Task reading)
    {
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await batches.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private IAsyncEnumerable<LabelledBatch> At(int number, IAsyncEnumerable<LabelledBatch> batches)
    {
        Next = number;
        return batches;
    }

    // A source that does not look at its token is left to end in its own time.
    private async Task CloseAsync()
    {
        if (_batches is not { } batches) return;
        _batches = null;
        if (Reading is { IsCompleted: false } reading) _ = EndAsync(batches, reading);
        else await batches.DisposeAsync();
        Reading = null;
    }
}
