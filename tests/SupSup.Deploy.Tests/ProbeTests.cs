using System.Net;
using k8s.Models;
using SupSup.Deploy.Tests.Rendering;
using SupSup.LocalCluster;

namespace SupSup.Deploy.Tests;

public sealed class ProbeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-probes-").FullName;
    private readonly HttpClient _http = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Given_a_silo_when_asked_what_probes_ask_then_it_is_well()
    {
        await using SiloProcess silo = await StartAsync([]);
        string[] paths = [.. Overlay.Names.SelectMany(name => Overlay.Open(name).Silos).SelectMany(Probes)
            .Select(probe => probe.HttpGet.Path).Distinct()];
        Assert.Equal(["/health/startup", "/health/ready", "/health/live"], paths);
        foreach (string path in paths) Assert.Equal(HttpStatusCode.OK, await AskAsync(silo, path));
    }

    [Fact]
    public async Task Given_a_silo_with_metrics_when_asked_what_prometheus_asks_then_it_answers()
    {
        ServiceMonitorEndpoint endpoint = Overlay.Open("full").All<ServiceMonitor>().Single().Spec.Endpoints.Single();
        await using SiloProcess silo = await StartAsync(new() { ["Telemetry:Prometheus"] = "true" });
        Assert.Equal(HttpStatusCode.OK, await AskAsync(silo, endpoint.Path));
    }

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_a_silo_when_probed_then_all_three_are_there_on_the_port_of_http(string name) =>
        Assert.All(Overlay.Open(name).Silos, silo =>
            Assert.All(Probes(silo), probe =>
            {
                Assert.Equal("http", probe.HttpGet.Port.Value);
                Assert.Null(probe.HttpGet.Scheme);
                Assert.True(probe.TimeoutSeconds > 0);
            }));

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_a_silo_that_waits_for_redis_and_storage_when_it_starts_then_the_startup_probe_outlasts_it(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Assert.All(overlay.Silos, silo =>
        {
            using PodEnvironment environment = new(overlay, silo);
            V1Probe startup = silo.Container.StartupProbe;
            Assert.True(startup.PeriodSeconds * startup.FailureThreshold > (2 * environment.Number("Membership:StartSeconds"))
                + environment.Number("Storage:StartSeconds"));
        });
    }

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_a_silo_that_is_told_to_stop_when_it_drains_then_it_is_not_killed_meanwhile_and_nobody_routes_to_it_after(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Assert.All(overlay.Silos, silo =>
        {
            using PodEnvironment environment = new(overlay, silo);
            Assert.True(silo.Pod.Spec.TerminationGracePeriodSeconds > environment.Number("Drain:Seconds") + environment.Number(
                "Drain:StopSeconds"));
            V1Probe readiness = silo.Container.ReadinessProbe;
            Assert.True(environment.Number("Drain:Seconds") > readiness.PeriodSeconds * readiness.FailureThreshold);
        });
    }

    private static V1Probe[] Probes(Workload silo) =>
        [silo.Container.StartupProbe, silo.Container.ReadinessProbe, silo.Container.LivenessProbe];

    private async Task<HttpStatusCode> AskAsync(SiloProcess silo, string path)
    {
        using HttpResponseMessage response = await _http.GetAsync(new Uri($"http://127.0.0.1:{silo.HttpPort}{path}"), Stop);
        return response.StatusCode;
    }

    private Task<SiloProcess> StartAsync(Dictionary<string, string> settings) => SiloProcess.StartNewAsync(
        Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"),
        "probed",
        Path.Combine(_folder, "silo.log"),
        new Dictionary<string, string>(settings) { ["Storage:Directory"] = Path.Combine(_folder, "store"), ["Drain:Seconds"] = "0" },
        Stop);
}
