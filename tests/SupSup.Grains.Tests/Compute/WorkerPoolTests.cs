using Microsoft.Extensions.Options;
using SupSup.Grains.Compute;

namespace SupSup.Grains.Tests.Compute;

public sealed class WorkerPoolTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_work_on_all_threads_when_run_then_it_is_outside_the_thread_pool_and_at_once()
    {
        using InferenceCompute pool = new(Options.Create(new ComputeOptions { InferenceThreads = 3 }));
        using Barrier barrier = new(3);
        bool[] pooled = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => pool.RunAsync(
            () =>
            {
                Assert.True(barrier.SignalAndWait(TimeSpan.FromMinutes(1), Stop));
                return Thread.CurrentThread.IsThreadPoolThread;
            },
            Stop)));
        Assert.All(pooled, Assert.False);
    }

    [Fact]
    public async Task Given_a_niceness_when_training_runs_then_its_thread_has_it_and_others_do_not()
    {
        using TrainingCompute training = new(Options.Create(new ComputeOptions { TrainingThreads = 1, TrainingNiceness = 7 }));
        using InferenceCompute inference = new(Options.Create(new ComputeOptions { InferenceThreads = 1 }));
        int own = await inference.RunAsync(Niceness, Stop);
        Assert.Equal(Math.Min(19, own + 7), await training.RunAsync(Niceness, Stop));
        Assert.Equal(own, await inference.RunAsync(Niceness, Stop));

        // The 19th field of the thread's stat, counted after the name in brackets.
        static int Niceness()
        {
            string stat = File.ReadAllText("/proc/thread-self/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task Given_a_range_when_split_then_every_index_is_visited_once()
    {
        using InferenceCompute pool = new(Options.Create(new ComputeOptions { InferenceThreads = 4 }));
        foreach ((int count, int parts) in new[] { (0, 4), (1, 4), (3, 4), (4, 4), (5, 4), (103, 4), (103, 1), (103, 1000) })
        {
            int[] visits = new int[count];
            await pool.ForAsync(
                count,
                parts,
                (start, end) =>
                {
                    for (int i = start; i < end; i++) Interlocked.Increment(ref visits[i]);
                },
                Stop);
            Assert.All(visits, visit => Assert.Equal(1, visit));
        }
    }

    [Fact]
    public async Task Given_work_that_fails_or_is_cancelled_when_awaited_then_the_reason_comes_back_and_the_threads_live_on()
    {
        using InferenceCompute pool = new(Options.Create(new ComputeOptions { InferenceThreads = 1 }));
        await Assert.ThrowsAsync<InvalidDataException>(() => pool.RunAsync<int>(() => throw new InvalidDataException(), Stop));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pool.RunAsync(() => 1, new CancellationToken(canceled: true)));
        Assert.Equal(2, await pool.RunAsync(() => 2, Stop));
    }

    [Fact]
    public async Task Given_work_of_several_causes_when_a_thread_is_free_then_the_oldest_goes_first_and_of_one_cause_the_first()
    {
        using InferenceCompute pool = new(Options.Create(new ComputeOptions { InferenceThreads = 1 }));
        using ManualResetEventSlim busy = new();
        List<string> order = [];
        long now = DateTime.UtcNow.Ticks;
        Task<bool> first = pool.RunAsync(() => busy.Wait(TimeSpan.FromMinutes(1), Stop), Stop, now - 100);
        Task Say(string what, long since) => pool.RunAsync(
            () =>
            {
                order.Add(what);
                return true;
            },
            Stop,
            since);
        Task[] waiting = [Say("new", now), Say("old, first", now - 50), Say("newest", now + 50), Say("old, second", now - 50)];
        busy.Set();
        await Task.WhenAll([first, .. waiting]);
        Assert.Equal(["old, first", "old, second", "new", "newest"], order);
    }

    [Fact]
    public async Task Given_waiting_work_when_the_pool_is_disposed_then_it_is_done_before_the_threads_end_and_more_is_refused()
    {
        InferenceCompute pool = new(Options.Create(new ComputeOptions { InferenceThreads = 2 }));
        int done = 0;
        Task[] work = [.. Enumerable.Range(0, 50).Select(_ => pool.RunAsync(() => Interlocked.Increment(ref done), Stop))];
        pool.Dispose();
        Assert.Equal(50, done);
        await Task.WhenAll(work);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pool.RunAsync(() => 1, Stop));
    }
}
