using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;
using SupSup.Grains.Tasks;

namespace SupSup.Grains.Tests.Storage;

public sealed class GrainRecordTests
{
    private static readonly GrainId Grain = GrainId.Create("task", "m/0");
    private readonly OneRecordStorage _storage = new();
    private int _conflicts;

    [Fact]
    public async Task Given_changes_at_the_same_time_when_made_then_none_meets_another()
    {
        GrainRecord<CheckpointState> record = Open();
        await Task.WhenAll(record.WriteAsync(State(1)), record.WriteAsync(State(2)), record.ClearAsync(), record.ClearAsync());
        Assert.False(record.Exists);
        await Task.WhenAll(record.WriteAsync(State(3)), record.WriteAsync(State(4)));
        Assert.Equal((4, 4, 0), (record.Value.BatchesDone, _storage.Stored!.BatchesDone, _conflicts));
    }

    [Fact]
    public async Task Given_a_write_that_failed_when_another_activation_wrote_since_then_what_it_wrote_is_not_undone()
    {
        (GrainRecord<CheckpointState> stale, GrainRecord<CheckpointState> other) = (Open(), Open());
        await stale.WriteAsync(State(1));
        _storage.IsDown = true;
        Assert.Equal(SupSupError.Unavailable, (await Assert.ThrowsAsync<SupSupException>(() => stale.WriteAsync(State(2)))).Error);
        _storage.IsDown = false;
        await other.WriteAsync(State(3));
        await Assert.ThrowsAsync<InconsistentStateException>(() => stale.WriteAsync(State(2)));
        Assert.Equal((3, 1), (_storage.Stored!.BatchesDone, _conflicts));
    }

    [Fact]
    public async Task Given_a_write_that_failed_when_nobody_wrote_since_then_it_may_be_made_again()
    {
        GrainRecord<CheckpointState> record = Open();
        await record.WriteAsync(State(1));
        _storage.IsDown = true;
        await Assert.ThrowsAsync<SupSupException>(() => record.WriteAsync(State(2)));
        Assert.Equal(1, record.Value.BatchesDone);
        _storage.IsDown = false;
        await record.WriteAsync(State(2));
        Assert.Equal((2, 0), (_storage.Stored!.BatchesDone, _conflicts));
    }

    private static CheckpointState State(int batches) => new() { BatchesDone = batches };

    private GrainRecord<CheckpointState> Open()
    {
        ServiceProvider services =
            new ServiceCollection().AddKeyedSingleton<IGrainStorage>(StorageNames.Provider, _storage).BuildServiceProvider();
        return new GrainRecords(services).Open<CheckpointState>(StorageNames.Checkpoint, Grain, () => _conflicts++);
    }

    // Holds one record by ETag, and takes its time.
    private sealed class OneRecordStorage : IGrainStorage
    {
        private string? _etag;
        private int _writes;

        public CheckpointState? Stored { get; private set; }

        public bool IsDown { get; set; }

        public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            await AnswerAsync();
            (grainState.State, grainState.ETag, grainState.RecordExists) =
                ((T)(object)(Stored ?? new CheckpointState()), _etag, Stored is not null);
        }

        public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            await AnswerAsync();
            if (grainState.ETag != _etag) throw new InconsistentStateException("another activation wrote");
            (Stored, _etag) = ((CheckpointState)(object)grainState.State!, $"{++_writes}");
            (grainState.ETag, grainState.RecordExists) = (_etag, true);
        }

        public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            await AnswerAsync();
            if (_etag is null || grainState.ETag != _etag) throw new InconsistentStateException("another activation wrote");
            (Stored, _etag) = (null, null);
            (grainState.ETag, grainState.RecordExists) = (null, false);
        }

        private async Task AnswerAsync()
        {
            await Task.Yield();
            if (IsDown) throw new IOException("the store does not answer");
        }
    }
}
