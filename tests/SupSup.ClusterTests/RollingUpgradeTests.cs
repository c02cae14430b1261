using System.Collections.Concurrent;
using System.Diagnostics;
using SupSup.Client;
using SupSup.ClusterTests.Hosting;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;

namespace SupSup.ClusterTests;

/// <summary>Two builds side by side: silos of an earlier commit, which build/earlier.sh makes, are replaced by those of this one.</summary>
public sealed class RollingUpgradeTests
{
    private const int Known = 4;

    private static readonly string? Earlier =
        Environment.GetEnvironmentVariable("SUPSUP_UPGRADE_PROGRAM") is { Length: > 0 } program ? program : null;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_silos_of_an_earlier_build_when_replaced_one_by_one_and_back_under_load_then_nothing_is_lost_and_no_query_fails()
    {
        Assert.SkipWhen(Earlier is null, "no earlier build is named; ./test.sh --long makes one (build/earlier.sh)");
        Assert.True(File.Exists(Earlier), $"there is no {Earlier}");
        string now = new ClusterOptions { Folder = "", Data = "" }.Program;
        await RealData.ReadyAsync();
        await using TestCluster cluster =
            await TestCluster.StartAsync(options => options with { Program = Earlier! }, ("Drain:Seconds", "1"));
        SupSupModel model = await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        for (int task = 0; task < Known; task++) await model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop);
        InputBatch images = await RealData.ImagesAsync(2, 1);
        Prediction expected = await AskAsync();
        TaskPredictions outputs = await model.PredictAsync(2, images, Stop);

        // No failure is forgiven: the client's own retries must be enough.
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        ConcurrentDictionary<int, TaskSummary> learned = [];
        Task<int>[] asking = [.. Enumerable.Range(0, 3).Select(_ => WhileAsync(async _ =>
        {
            Prediction answer = await AskAsync();
            Assert.Equal((expected.Task, expected.Class), (answer.Task, answer.Class));
        }))];
        Task<int> learning = WhileAsync(async n =>
            learned[100 + n] = await model.LearnAsync(100 + n, RealData.Order(100 + n, batches: 60), cancellationToken: Stop));
        Task<TaskSummary[]> longer = Task.WhenAll(
            Enumerable.Range(10, 2).Select(task => model.LearnAsync(task, RealData.Order(task, batches: 600), cancellationToken: Stop)));

        await ReplaceAsync(now);
        await CheckAsync();
        await ReplaceAsync(Earlier!); // back, since nothing was stored that the earlier build does not know
        await end.CancelAsync();
        Assert.All(await Task.WhenAll([.. asking, learning]), count => Assert.True(count > 0));
        foreach (TaskSummary task in await longer) learned[task.Task] = task;
        await CheckAsync();

        // The same order gives the same mask, whichever builds trained it.
        SupSupModel undisturbed = await cluster.Client.CreateAsync("undisturbed", RealData.Spec, Stop);
        foreach (TaskSummary task in await longer)
            Assert.Equal(task.Checksum,
                (await undisturbed.LearnAsync(task.Task, RealData.Order(task.Task, batches: 600), cancellationToken: Stop)).Checksum);

        async Task<Prediction> AskAsync() => (await model.InferAsync(
            images, new InferenceOptions { Candidates = [.. Enumerable.Range(0, Known)] }, CancellationToken.None))[0];

        Task<int> WhileAsync(Func<int, Task> use) => Task.Run(
            async () =>
            {
                int n = 0;
                for (; !end.IsCancellationRequested; n++)
                {
                    await use(n);
                    await Task.Delay(20, CancellationToken.None); // silos and trainings have the same processors
                }

                return n;
            },
            CancellationToken.None);

        async Task ReplaceAsync(string program)
        {
            foreach (SiloProcess silo in cluster.Cluster.Silos)
            {
                Assert.Equal(0, await silo.StopAsync());
                silo.Program = program;
                await silo.StartAsync(Stop);
                Assert.Equal(program, Process.GetProcessById(silo.Id).MainModule!.FileName);
            }
        }

        // What was acknowledged by now is there, and can be read.
        async Task CheckAsync()
        {
            TaskSummary[] acknowledged = [.. learned.Values];
            Assert.NotEmpty(acknowledged);
            TaskSummary[] there = [.. (await model.DescribeAsync(Stop)).Tasks];
            foreach (TaskSummary task in acknowledged)
                Assert.Equal(task.Checksum, there.Single(known => known.Task == task.Task).Checksum);
            ModelHealth health = await model.CheckHealthAsync(Stop);
            Assert.True(health.IsWhole, string.Join("; ", health.Shards.SelectMany(shard => shard.Failures)));
            TaskPredictions again = await model.PredictAsync(2, images, Stop);
            Assert.Equal(outputs.Classes, again.Classes);
            Assert.Equal(outputs.Entropies, again.Entropies);
        }
    }
}
