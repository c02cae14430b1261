using Microsoft.Extensions.Options;
using SupSup.Grains.Compute;

namespace SupSup.Grains.Tests.Compute;

public sealed class WorkerPoolTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task given_work_on_all_threads_when_run_then_it_is_outside_the_thread_pool_and_at_once()
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
    public async Task given_a_niceness_when_training_runs_then_its_thread_has_it_and_others_do_not()
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
    public async Task given_a_range_when_split_then_every_index_is_visited_once()
    {
        using InferenceCompute pool = new(Options.Create(new ComputeOptions { InferenceThreads = 4 }));
        foreach (int count in new[] { 0, 1, 3, 4, 5, 103 })
        {
            int[] visits = new int[count];
            await pool.ForAsync(
                count,
                (start, end) =>
                {
                    for (int i = start; i < end; i++) Interlocked.Increment(ref visits[i]);
                },
                Stop);
            Assert.All(visits, visit => Assert.Equal(1, visit));
        }
    }

    [Fact]
    public async Task given_work_that_fails_or_is_cancelled_when_awaited_then_the_reason_comes_back_and_the_threads_live_on()
    {
        using InferenceCompute pool = new(Options.Create(new ComputeOptions { InferenceThreads = 1 }));
        await Assert.ThrowsAsync<InvalidDataException>(() => pool.RunAsync<int>(() => throw new InvalidDataException(), Stop));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pool.RunAsync(() => 1, new CancellationToken(canceled: true)));
        Assert.Equal(2, await pool.RunAsync(() => 2, Stop));
    }
}
