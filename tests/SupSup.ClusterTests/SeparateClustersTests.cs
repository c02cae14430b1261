using SupSup.Client;
using SupSup.ClusterTests.Hosting;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;

namespace SupSup.ClusterTests;

public sealed class SeparateClustersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-cluster-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Given_two_services_on_one_redis_and_one_storage_account_when_both_run_then_they_do_not_see_each_other()
    {
        await RealData.ReadyAsync();
        int[] ports = LoopbackPorts.Free(2);
        await using RedisServer redis = new(Path.Combine(_folder, "redis"), ports[0]);
        await using AzuriteServer azurite = new(Path.Combine(_folder, "azurite"), ports[1]);
        await Task.WhenAll(redis.StartAsync(Stop), azurite.StartAsync(Stop));
        ClusterOptions Options(string service) => new()
        {
            Silos = 1,
            Folder = Path.Combine(_folder, service),
            Data = RealData.Folder,
            ServiceId = service,
            Redis = redis.ConnectionString,
            Storage = azurite.ConnectionString,
        };
        await using ClusterOnLoopback first = await ClusterOnLoopback.StartAsync(Options("first"), Stop);
        await using ClusterOnLoopback second = await ClusterOnLoopback.StartAsync(Options("second"), Stop);
        await using SupSupConnection toFirst = await SupSupConnection.ConnectAsync(first.ClientOptions(), Stop);
        await using SupSupConnection toSecond = await SupSupConnection.ConnectAsync(second.ClientOptions(), Stop);

        SupSupModel model = await toFirst.Client.CreateAsync("m", RealData.Spec, Stop);
        TaskSummary learned = await model.LearnAsync(0, RealData.Order(0), cancellationToken: Stop);
        Assert.Equal(SupSupError.NotFound, (await Assert.ThrowsAsync<SupSupException>(() => toSecond.Client.OpenAsync("m", Stop))).Error);

        // The same name is another model there.
        SupSupModel other = await toSecond.Client.CreateAsync("m", RealData.Spec with { Seed = 8 }, Stop);
        TaskSummary otherLearned = await other.LearnAsync(0, RealData.Order(0), cancellationToken: Stop);
        Assert.NotEqual(learned.Checksum, otherLearned.Checksum);
        Assert.Equal([learned], (await model.DescribeAsync(Stop)).Tasks);
        Assert.Equal([otherLearned], (await other.DescribeAsync(Stop)).Tasks);
        Assert.Single((await model.CheckHealthAsync(Stop)).Shards.Select(shard => shard.Silo).Distinct());
        Assert.Equal(learned.Bytes, (await model.GetMaskAsync(0, 2, Stop)).File.Length);
    }
}
