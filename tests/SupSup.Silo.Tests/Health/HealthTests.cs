using System.Net;
using System.Text.Json;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;
using SupSup.Silo.Tests.Cluster;

namespace SupSup.Silo.Tests.Health;

public sealed class HealthTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-health-").FullName;
    private readonly HttpClient _http = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Given_a_silo_that_serves_when_asked_then_it_has_started_is_ready_and_lives()
    {
        await using SiloProcess silo = await StartAsync(0);
        foreach (string question in new[] { "startup", "ready", "live" })
            Assert.Equal((HttpStatusCode.OK, "ok", ""), await AskAsync(silo, question));
        using HttpResponseMessage other = await _http.GetAsync(new Uri($"http://127.0.0.1:{silo.HttpPort}/health/other"), Stop);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    [Fact]
    public async Task Given_a_serving_silo_when_told_to_stop_then_readiness_drops_first_queries_are_answered_and_the_exit_code_is_0()
    {
        await using SiloProcess silo = await StartAsync(10);
        await using SupSupConnection connection = await SupSupConnection.ConnectAsync(silo.GatewayPort, Stop);
        SupSupModel model = await connection.Client.CreateAsync("m", ClusterData.Spec, Stop);
        await model.LearnAsync(0, Stop);
        await model.LearnAsync(1, Stop);
        Prediction[] before = await model.InferAsync(ClusterData.Inputs, cancellationToken: Stop);

        Task<int?> ending = silo.StopAsync();
        (HttpStatusCode Code, string Status, string Reasons) ready;
        while ((ready = await AskAsync(silo, "ready")).Code == HttpStatusCode.OK)
        {
        }

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "failing", "the silo is being stopped"), ready);
        Prediction[] after = await model.InferAsync(ClusterData.Inputs, cancellationToken: Stop);
        Assert.Equal(before.Select(p => (p.Task, p.Class)), after.Select(p => (p.Task, p.Class)));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(silo, "live")).Code);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(silo, "startup")).Code);
        Assert.Equal(0, await ending);
    }

    private Task<SiloProcess> StartAsync(int drain) => SiloProcess.StartNewAsync(
        Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"),
        "one",
        Path.Combine(_folder, "silo.log"),
        new Dictionary<string, string> { ["Storage:Directory"] = Path.Combine(_folder, "store"), ["Drain:Seconds"] = $"{drain}" },
        Stop);

    private async Task<(HttpStatusCode Code, string Status, string Reasons)> AskAsync(SiloProcess silo, string question)
    {
        using HttpResponseMessage response = await _http.GetAsync(new Uri($"http://127.0.0.1:{silo.HttpPort}/health/{question}"), Stop);
        using JsonDocument body = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(Stop), cancellationToken: Stop);
        return (response.StatusCode, body.RootElement.GetProperty("status").GetString()!, string.Join(
            "; ", body.RootElement.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString())));
    }
}
