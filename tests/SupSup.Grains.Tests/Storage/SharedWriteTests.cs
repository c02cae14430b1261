using SupSup.Grains.Storage;

namespace SupSup.Grains.Tests.Storage;

public sealed class SharedWriteTests
{
    private readonly List<TaskCompletionSource> _writes = [];
    private readonly SharedWrite _shared;
    private int _made;
    private int _stored;

    public SharedWriteTests() => _shared = new SharedWrite(WriteAsync);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public Task Given_changes_that_come_while_a_write_is_under_way_when_stored_then_they_share_the_next_one() => InTurnsAsync(async () =>
    {
        Task first = ChangeAsync(Stop);
        await StartedAsync(1);
        Task[] later = [ChangeAsync(Stop), ChangeAsync(Stop), ChangeAsync(Stop)];
        _writes[0].SetResult();
        await first;
        await StartedAsync(2);
        Assert.All(later, change => Assert.False(change.IsCompleted));
        _writes[1].SetResult();
        await Task.WhenAll(later);
        Assert.Equal((2, 4), (_writes.Count, _stored));
        await _shared.UntilAsync(() => true, Stop);
        Assert.Equal(2, _writes.Count);
    });

    [Fact]
    public Task Given_a_write_that_fails_when_changes_wait_for_it_then_they_fail_and_the_next_one_stores_them() => InTurnsAsync(async () =>
    {
        Task first = ChangeAsync(Stop);
        await StartedAsync(1);
        Task second = ChangeAsync(Stop);
        _writes[0].SetException(new IOException("full"));
        Assert.Equal("full", (await Assert.ThrowsAsync<IOException>(() => first)).Message);
        await Assert.ThrowsAsync<IOException>(() => second);
        Task third = ChangeAsync(Stop);
        await StartedAsync(2);
        _writes[1].SetResult();
        await third;
        Assert.Equal(3, _stored);
    });

    [Fact]
    public Task Given_a_caller_that_gives_up_when_the_write_goes_on_then_its_change_is_stored() => InTurnsAsync(async () =>
    {
        using CancellationTokenSource patience = new();
        Task change = ChangeAsync(patience.Token);
        await StartedAsync(1);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => change);
        Task other = _shared.UntilAsync(() => _stored == 1, Stop);
        _writes[0].SetResult();
        await other;
        Assert.Single(_writes);
    });

    // As a grain does: one thing at a time, and whatever follows an await comes back to it.
    private static Task InTurnsAsync(Func<Task> test) =>
        Task.Factory.StartNew(test, Stop, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();

    private Task ChangeAsync(CancellationToken cancellationToken)
    {
        int mine = ++_made;
        return _shared.UntilAsync(() => _stored >= mine, cancellationToken);
    }

    private async Task WriteAsync()
    {
        int covered = _made;
        TaskCompletionSource write = new();
        _writes.Add(write);
        await write.Task;
        _stored = covered;
    }

    private async Task StartedAsync(int writes)
    {
        while (_writes.Count < writes) await Task.Yield();
    }
}
