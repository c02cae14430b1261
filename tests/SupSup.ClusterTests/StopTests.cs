using SupSup.Client;
using SupSup.ClusterTests.Hosting;

namespace SupSup.ClusterTests;

public sealed class StopTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // A silo that does not end by itself is killed after two minutes, and has no exit code.
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Given_redis_or_the_storage_stopped_when_a_silo_with_a_training_is_told_to_stop_then_it_ends_by_itself(
        bool redis, bool storage)
    {
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(silos: 1, ("Drain:Seconds", "0"), ("Drain:StopSeconds", "4"));
        SupSupModel model = await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        using CancellationTokenSource leave = new();
        Task learning = model.LearnAsync(0, RealData.Order(0, batches: 100_000), cancellationToken: leave.Token);
        if (redis) await cluster.Cluster.Redis!.StopAsync();
        if (storage) await cluster.Cluster.Azurite!.StopAsync();
        Assert.NotNull(await cluster.Cluster.Silos[0].StopAsync());
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => learning);
    }
}
