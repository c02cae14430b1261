using Microsoft.Extensions.Options;
using SupSup.Grains.Compute;

namespace SupSup.Grains.Tests.Compute;

public sealed class IdleThreadsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_idle_threads_when_phases_are_run_then_every_part_runs_once_in_its_phase_and_others_help()
    {
        using TrainingCompute pool = new(Options.Create(new ComputeOptions { TrainingThreads = 4 }));
        HashSet<int> threads = [];
        await pool.RunAsync(
            () =>
            {
                using IdleThreads team = new(pool);
                for (int phase = 0; phase < 2000; phase++)
                {
                    int[] runs = new int[1 + (phase % 37)];
                    team.Run(runs.Length, part =>
                    {
                        Interlocked.Increment(ref runs[part]);
                        if (phase % 100 == 0) Thread.SpinWait(20_000);
                        lock (threads) threads.Add(Environment.CurrentManagedThreadId);
                    });
                    Assert.All(runs, count => Assert.Equal(1, count));
                }

                return true;
            },
            Stop);
        Assert.True(threads.Count > 1, "no idle thread helped");
    }

    [Fact]
    public async Task Given_other_work_when_it_waits_then_a_helper_takes_it_while_the_training_goes_on()
    {
        using TrainingCompute pool = new(Options.Create(new ComputeOptions { TrainingThreads = 2 }));
        using ManualResetEventSlim other = new();
        Task<bool> training = pool.RunAsync(
            () =>
            {
                using IdleThreads team = new(pool);
                while (!other.IsSet && !Stop.IsCancellationRequested) team.Run(8, _ => Thread.SpinWait(100));
                return other.IsSet;
            },
            Stop);
        await pool.RunAsync(
            () =>
            {
                other.Set();
                return true;
            },
            Stop);
        Assert.True(await training);
    }

    [Fact]
    public async Task Given_a_part_that_fails_when_run_then_whoever_runs_the_phase_gets_it()
    {
        using TrainingCompute pool = new(Options.Create(new ComputeOptions { TrainingThreads = 2 }));
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => pool.RunAsync(
            () =>
            {
                using IdleThreads team = new(pool);
                team.Run(8, part =>
                {
                    if (part == 5) throw new ArithmeticException("part 5");
                });
                return true;
            },
            Stop));
        Assert.Contains("part 5", error.Message, StringComparison.Ordinal);
    }
}
