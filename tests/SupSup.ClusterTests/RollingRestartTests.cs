using SupSup.Client;
using SupSup.ClusterTests.Hosting;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;

namespace SupSup.ClusterTests;

public sealed class RollingRestartTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_queries_and_trainings_when_each_silo_is_restarted_in_turn_then_readiness_drops_first_and_nothing_fails()
    {
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(silos: 3, ("Drain:Seconds", "1"));
        SupSupModel model = await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(task => model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop)));
        InputBatch images = await RealData.ImagesAsync(2, 1);
        Prediction expected = (await model.InferAsync(images, cancellationToken: Stop))[0];
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task<int>[] asking = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                int answers = 0;
                for (; !end.IsCancellationRequested; answers++)
                {
                    // No failure here is forgiven: the client's own retries must be enough.
                    Prediction answer =
                        (await model.InferAsync(images, new InferenceOptions { Candidates = [0, 1, 2, 3] }, CancellationToken.None))[0];
                    Assert.Equal((expected.Task, expected.Class), (answer.Task, answer.Class));
                    await Task.Delay(20, CancellationToken.None); // silos and trainings have the same processors
                }

                return answers;
            },
            CancellationToken.None))];
        Task<TaskSummary[]> learning = Task.WhenAll(
            Enumerable.Range(10, 4).Select(task => model.LearnAsync(task, RealData.Order(task, batches: 300), cancellationToken: Stop)));

        foreach (SiloProcess silo in cluster.Cluster.Silos)
        {
            Task<int?> stopping = silo.StopAsync();

            // Still there, and no longer ready: a load balancer has time to notice.
            while (await silo.IsReadyAsync(Stop)) Assert.False(stopping.IsCompleted);
            Assert.Equal(0, await stopping);
            await silo.StartAsync(Stop);
        }

        TaskSummary[] learned = await learning;
        await end.CancelAsync();
        Assert.All(await Task.WhenAll(asking), answers => Assert.True(answers > 0));
        foreach (TaskSummary task in learned) Assert.Contains(task, (await model.DescribeAsync(Stop)).Tasks);
        SupSupModel undisturbed = await cluster.Client.CreateAsync("undisturbed", RealData.Spec, Stop);
        foreach (TaskSummary task in learned.Take(2))
            Assert.Equal(task.Checksum,
                (await undisturbed.LearnAsync(task.Task, RealData.Order(task.Task, batches: 300), cancellationToken: Stop)).Checksum);
    }
}
