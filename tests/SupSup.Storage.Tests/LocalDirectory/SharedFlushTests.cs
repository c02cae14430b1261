using SupSup.Storage.LocalDirectory;

namespace SupSup.Storage.Tests.LocalDirectory;

public sealed class SharedFlushTests
{
    [Fact]
    public async Task Given_a_flush_under_way_when_others_come_then_they_share_one_that_begins_after_it()
    {
        int begun = 0;
        using SemaphoreSlim started = new(0), go = new(0);
        SharedFlush flush = new(() =>
        {
            Interlocked.Increment(ref begun);
            started.Release();
            go.Wait(TestContext.Current.CancellationToken);
        });
        Task first = Run(flush);
        await started.WaitAsync(TestContext.Current.CancellationToken);
        Thread[] others = [.. Enumerable.Range(0, 4).Select(_ => new Thread(flush.Run))];
        foreach (Thread other in others) other.Start();
        while (!Array.TrueForAll(others, other => other.ThreadState.HasFlag(ThreadState.WaitSleepJoin))) await Task.Yield();
        go.Release();
        await first;
        await started.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, begun);
        go.Release();
        foreach (Thread other in others) other.Join();
        Assert.Equal(2, begun);
        Assert.True(flush.IsIdle);
    }

    [Fact]
    public async Task Given_a_flush_that_fails_when_it_was_waited_for_then_its_error_is_everyones_and_the_next_is_another()
    {
        bool fails = true;
        SharedFlush flush = new(() =>
        {
            if (fails) throw new IOException("the disk is gone");
        });
        await Assert.ThrowsAsync<IOException>(() => Run(flush));
        fails = false;
        await Run(flush);
    }

    private static Task Run(SharedFlush flush) =>
        Task.Factory.StartNew(flush.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
