using System.Net;
using System.Net.Sockets;
using SupSup.Client;
using SupSup.ClusterTests.Hosting;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;

namespace SupSup.ClusterTests;

public sealed class Ipv6Tests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_silos_with_ipv6_addresses_when_a_task_is_learned_then_all_find_it_and_http_is_on_both_families()
    {
        Assert.SkipUnless(HasLoopback(), "this machine has no ::1");
        await RealData.ReadyAsync();
        string keys = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(
                keys, $$"""{"keys": [{"name": "ops", "role": "admin", "hash": "sha256:{{new string('a', 64)}}"}]}""", Stop);
            await using TestCluster cluster = await TestCluster.StartAsync(
                silos: 2, ("Endpoints:Address", "::1"), ("Endpoints:ListenOnAnyAddress", "true"), ("Http:Address", "any"),
                ("Security:KeysFile", keys), ("Endpoints:GatewayWithoutTls", "true"), ("Drain:Seconds", "0"));
            SupSupModel model = await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
            TaskSummary learned = await model.LearnAsync(2, RealData.Order(2), cancellationToken: Stop);
            InputBatch images = await RealData.ImagesAsync(2, 4);
            using HttpClient http = new();
            foreach (SiloProcess silo in cluster.Cluster.Silos)
            {
                await using SupSupConnection one = await SupSupConnection.ConnectAsync(
                    new SupSupClientOptions { Gateways = { $"[::1]:{silo.GatewayPort}" } }, Stop);
                SupSupModel seen = await one.Client.OpenAsync("m", Stop);
                Assert.Contains(learned, (await seen.DescribeAsync(Stop)).Tasks);
                Assert.All(await seen.InferAsync(images, cancellationToken: Stop), answer => Assert.Equal(2, answer.Task));
                foreach (string host in (string[])["[::1]", "127.0.0.1"])
                    Assert.Equal(
                        HttpStatusCode.OK, (await http.GetAsync(new Uri($"http://{host}:{silo.HttpPort}/health/ready"), Stop)).StatusCode);
            }
        }
        finally
        {
            File.Delete(keys);
        }
    }

    private static bool HasLoopback()
    {
        try
        {
            using TcpListener listener = new(IPAddress.IPv6Loopback, 0);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
