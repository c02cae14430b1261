using StackExchange.Redis;
using SupSup.Client;
using SupSup.ClusterTests.Hosting;
using SupSup.LocalCluster;

namespace SupSup.ClusterTests;

/// <summary>One store has one cluster, whatever becomes of the membership table.</summary>
public sealed class LeaseTests
{
    private const string Owned = "the store belongs to another cluster: 'supsup' has its lease";

    private static readonly (string, string) ShortLease = ("Membership:LeaseSeconds", "8");

    private static readonly (string, string) NoDrain = ("Drain:Seconds", "0");

    private static readonly (string, string)[] Another = [("ClusterId", "another"), ("Membership:StartSeconds", "60")];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_three_silos_when_redis_is_emptied_and_a_fourth_starts_then_all_four_are_one_cluster()
    {
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(silos: 3, ShortLease, NoDrain);
        SupSupModel model = await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        await model.LearnAsync(0, RealData.Order(0), cancellationToken: Stop);
        int[] processes = [.. cluster.Cluster.Silos.Select(silo => silo.Id)];
        SiloProcess fourth = cluster.Cluster.AddSilo();
        await using ConnectionMultiplexer redis =
            await ConnectionMultiplexer.ConnectAsync($"{cluster.Cluster.Redis!.ConnectionString},allowAdmin=true");
        await redis.GetServers()[0].FlushAllDatabasesAsync();
        await fourth.StartAsync(Stop);

        foreach (SiloProcess silo in cluster.Cluster.Silos)
            await UntilAsync(async () => string.Join(' ', await silo.MembersAsync(Stop)) == "silo-0 silo-1 silo-2 silo-3");
        Assert.Equal(processes, cluster.Cluster.Silos.Take(3).Select(silo => silo.Id));
        Assert.All(cluster.Cluster.Silos, silo => Assert.True(silo.IsRunning));
        await model.LearnAsync(1, RealData.Order(1), cancellationToken: Stop);
        await using SupSupConnection toFourth = await SupSupConnection.ConnectAsync(fourth.GatewayPort, Stop);
        SupSupModel same = await toFourth.Client.OpenAsync("m", Stop);
        Assert.Equal([0, 1], (await same.DescribeAsync(Stop)).Tasks.Select(task => task.Task));
    }

    [Fact]
    public async Task Given_a_cluster_when_one_with_another_table_starts_on_its_store_then_it_ends_with_one_line()
    {
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(silos: 1, ShortLease);
        SiloProcess other = cluster.Cluster.AddSilo(("ClusterId", "another"), ("Membership:StartSeconds", "12"));
        await Assert.ThrowsAsync<LocalClusterException>(() => other.StartAsync(Stop));
        Assert.Equal(1, await other.EndAsync(Stop));
        Assert.Contains("stop that cluster, or give this one a store of its own", Line(other, Owned), StringComparison.Ordinal);
        Assert.True(await cluster.Cluster.Silos[0].IsReadyAsync(Stop));
    }

    [Fact]
    public async Task Given_a_cluster_when_it_is_killed_then_one_with_another_table_waits_for_its_lease_to_end()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(silos: 1, ShortLease);
        await cluster.Cluster.Silos[0].KillAsync();
        SiloProcess other = cluster.Cluster.AddSilo(Another);
        await other.StartAsync(Stop);
        Assert.Contains(Owned, other.Log, StringComparison.Ordinal);
        Assert.Contains("Took the lease of the store over from cluster 'supsup'", other.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_cluster_when_it_is_stopped_then_one_with_another_table_starts_at_once()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(silos: 1, NoDrain, ("Membership:LeaseSeconds", "600"));
        Assert.Equal(0, await cluster.Cluster.Silos[0].StopAsync());
        SiloProcess other = cluster.Cluster.AddSilo(("ClusterId", "another"));
        await other.StartAsync(Stop);
        Assert.DoesNotContain(Owned, other.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_all_silos_killed_when_they_start_again_then_no_one_waits_for_the_lease()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(silos: 2, ("Membership:LeaseSeconds", "600"));
        await Task.WhenAll(cluster.Cluster.Silos.Select(silo => silo.KillAsync()));
        await cluster.Cluster.StartSilosAsync(Stop);
        Assert.All(cluster.Cluster.Silos, silo => Assert.DoesNotContain(Owned, silo.Log, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Given_a_silo_that_stood_still_when_another_cluster_took_the_lease_then_it_ends_with_one_line()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(silos: 1, ShortLease);
        SiloProcess silo = cluster.Cluster.Silos[0];
        silo.Pause();
        await cluster.Cluster.AddSilo(Another).StartAsync(Stop);
        silo.Resume();
        Assert.Equal(1, await silo.EndAsync(Stop));
        Assert.NotEmpty(Line(silo, "the store belongs to another cluster now: 'another' took its lease"));
    }

    [Fact]
    public async Task Given_a_silo_that_stood_still_when_it_was_declared_dead_then_it_ends_with_one_line_and_joins_again_when_started()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(silos: 3, NoDrain);
        SiloProcess silo = cluster.Cluster.Silos[2];
        silo.Pause();
        await UntilAsync(async () => string.Join(' ', await cluster.Cluster.Silos[0].MembersAsync(Stop)) == "silo-0 silo-1");
        silo.Resume();
        Assert.Equal(1, await silo.EndAsync(Stop));
        Assert.Contains("start it again", Line(silo, "the cluster has declared this silo dead"), StringComparison.Ordinal);
        await silo.StartAsync(Stop);
        await UntilAsync(async () => string.Join(' ', await cluster.Cluster.Silos[0].MembersAsync(Stop)) == "silo-0 silo-1 silo-2");
    }

    [Fact]
    public async Task Given_silos_when_they_see_neither_store_nor_redis_then_they_are_ready_again_once_they_see_either()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(silos: 2, ShortLease);
        IReadOnlyList<SiloProcess> silos = cluster.Cluster.Silos;

        // Without the store, for more than a lease, they stay ready: queries are answered from memory.
        await cluster.Cluster.Azurite!.StopAsync();
        long start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(14))
        {
            foreach (SiloProcess silo in silos) Assert.True(await silo.IsReadyAsync(Stop));
            await Task.Delay(100, Stop);
        }

        await cluster.Cluster.Redis!.StopAsync();
        foreach (SiloProcess silo in silos) await UntilAsync(async () => !await silo.IsReadyAsync(Stop));
        await cluster.Cluster.Redis!.StartAsync(Stop);
        foreach (SiloProcess silo in silos) await UntilAsync(() => silo.IsReadyAsync(Stop));
        await cluster.Cluster.Redis!.StopAsync();
        foreach (SiloProcess silo in silos) await UntilAsync(async () => !await silo.IsReadyAsync(Stop));
        await cluster.Cluster.Azurite!.StartAsync(Stop);
        foreach (SiloProcess silo in silos) await UntilAsync(() => silo.IsReadyAsync(Stop));
        Assert.All(silos, silo => Assert.True(silo.IsRunning));
    }

    // What it ended with, which no time stands before.
    private static string Line(SiloProcess silo, string start) =>
        silo.Log.Split('\n').Single(line => line.StartsWith(start, StringComparison.Ordinal));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (int attempt = 0; !await isSo(); attempt++)
        {
            Assert.True(attempt < 600, "it did not become so within a minute");
            await Task.Delay(100, Stop);
        }
    }
}
