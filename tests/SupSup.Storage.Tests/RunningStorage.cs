using Orleans.Storage;

namespace SupSup.Storage.Tests;

/// <summary>A started provider, and how to stop it as a silo would.</summary>
public sealed class RunningStorage(IGrainStorage storage, Func<ValueTask> stop) : IAsyncDisposable
{
    public IGrainStorage Storage => storage;

    public async ValueTask<SampleRecord> ReadAsync(GrainId grain, string state = "mask")
    {
        var read = new SampleRecord(new SampleState());
        await storage.ReadStateAsync(state, grain, read, Cancellation);
        return read;
    }

    public async ValueTask<SampleRecord> InsertAsync(GrainId grain, string text, string state = "mask")
    {
        var written = new SampleRecord(new SampleState { Text = text });
        await WriteAsync(grain, written, state);
        return written;
    }

    public Task WriteAsync(GrainId grain, IGrainState<SampleState> value, string state = "mask") =>
        storage.WriteStateAsync(state, grain, value, Cancellation);

    public Task ClearAsync(GrainId grain, IGrainState<SampleState> value, string state = "mask") =>
        storage.ClearStateAsync(state, grain, value, Cancellation);

    public ValueTask DisposeAsync() => stop();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
