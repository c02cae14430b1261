using System.Diagnostics;
using System.Text;
using System.Text.Json;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;

namespace SupSup.Silo.Tests.Cluster;

/// <summary>Silo processes that share a Redis and a blob service.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-cluster-").FullName;
    private readonly List<SiloProcess> _silos = [];
    private AzuriteServer _azurite = null!;
    private RedisServer _redis = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteServer.StartNewAsync(Path.Combine(_folder, "blobs"), Stop);
        _redis = await RedisServer.StartNewAsync(Path.Combine(_folder, "redis"), Stop);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SiloProcess silo in _silos) await silo.DisposeAsync();
        await _redis.DisposeAsync();
        await _azurite.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Given_three_silos_when_two_are_killed_one_after_another_then_the_last_answers_as_before()
    {
        foreach (string name in new[] { "one", "two", "three" }) await StartAsync(name);
        await using SupSupConnection connection = await ConnectAsync();
        SupSupModel model = await connection.Client.CreateAsync("m", ClusterData.Spec, Stop);
        for (int task = 0; task < 4; task++) await model.LearnAsync(task, Stop);
        Prediction[] before = await model.InferAsync(ClusterData.Inputs, cancellationToken: Stop);
        foreach (SiloProcess silo in _silos.Take(2))
        {
            await silo.KillAsync();
            Prediction[] after = await model.InferAsync(ClusterData.Inputs, cancellationToken: Stop);
            Assert.Equal(before.Select(p => (p.Task, p.Class, p.Entropy)), after.Select(p => (p.Task, p.Class, p.Entropy)));
            Assert.Equal([0, 1, 2, 3], (await model.DescribeAsync(Stop)).Tasks.Select(task => task.Task));
        }
    }

    [Fact]
    public async Task Given_a_silo_that_is_killed_when_the_others_are_asked_over_rest_then_every_request_is_answered()
    {
        foreach (string name in new[] { "one", "two", "three" }) await StartAsync(name);
        await using (SupSupConnection connection = await ConnectAsync())
        {
            SupSupModel model = await connection.Client.CreateAsync("m", ClusterData.Spec, Stop);
            for (int task = 0; task < 3; task++) await model.LearnAsync(task, Stop);
        }

        using HttpClient http = new();
        string body = JsonSerializer.Serialize(new
        {
            inputs = new[] { new { name = "input", datatype = "FP32", shape = new[] { 2, 64 }, data = ClusterData.Inputs.Values } },
        });
        foreach (SiloProcess killed in _silos.Take(1))
        {
            await killed.KillAsync();
            string[] others = [.. _silos.Where(silo => silo != killed).Select(silo => $"http://127.0.0.1:{silo.HttpPort}")];
            for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(4);)
            {
                await Task.WhenAll(others.SelectMany(other => (Task<HttpResponseMessage>[])
                [
                    http.PostAsync($"{other}/v2/models/m/infer", new StringContent(body, Encoding.UTF8, "application/json"), Stop),
                    http.GetAsync($"{other}/v1/models/m", Stop),
                    http.GetAsync($"{other}/v1/models", Stop),
                ]).Select(async asked =>
                {
                    using HttpResponseMessage response = await asked;
                    string text = await response.Content.ReadAsStringAsync(Stop);
                    Assert.True(response.IsSuccessStatusCode, $"{response.RequestMessage!.RequestUri}: {response.StatusCode} {text}");
                }));
            }

            await killed.StartAsync(Stop);
        }
    }

    [Fact]
    public async Task Given_silos_when_redis_restarts_then_they_serve_on_and_another_silo_can_join()
    {
        await StartAsync("one");
        await StartAsync("two");
        await using SupSupConnection connection = await ConnectAsync();
        SupSupModel model = await connection.Client.CreateAsync("m", ClusterData.Spec, Stop);
        await model.LearnAsync(0, Stop);
        await _redis.StopAsync();
        await model.LearnAsync(1, Stop);
        await _redis.StartAsync(Stop);
        await StartAsync("three");
        await model.LearnAsync(2, Stop);
        Assert.Equal([0, 1, 2], (await model.DescribeAsync(Stop)).Tasks.Select(task => task.Task));
        Assert.All(_silos, silo => Assert.True(silo.IsRunning));
    }

    private async Task StartAsync(string name) => _silos.Add(await SiloProcess.StartNewAsync(
        Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"),
        name,
        Path.Combine(_folder, $"{name}.log"),
        new Dictionary<string, string>
        {
            ["Membership:Kind"] = "redis",
            ["Membership:Redis"] = _redis.ConnectionString,
            ["Storage:Kind"] = "azure",
            ["Storage:ConnectionString"] = _azurite.ConnectionString,
            ["Drain:Seconds"] = "0",
        },
        Stop));

    private Task<SupSupConnection> ConnectAsync() =>
        SupSupConnection.ConnectAsync(new SupSupClientOptions { Redis = _redis.ConnectionString }, Stop);
}
