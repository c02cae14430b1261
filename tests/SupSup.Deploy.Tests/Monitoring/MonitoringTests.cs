using System.Text.Json;
using System.Text.RegularExpressions;
using k8s.Models;
using SupSup.Client;
using SupSup.Deploy.Tests.Rendering;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;

namespace SupSup.Deploy.Tests.Monitoring;

/// <summary>Alerts, dashboard and autoscaler name what silos measure.</summary>
public sealed class MonitoringTests : IDisposable
{
    private static readonly Overlay Full = Overlay.Open("full");

    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-metrics-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static PrometheusAlert[] Alerts => [.. Full.All<PrometheusRule>().Single().Spec.Groups.SelectMany(group => group.Rules)];

    private static JsonElement Dashboard =>
        JsonDocument.Parse(Full.All<V1ConfigMap>().Single(map => map.Metadata.Name == "supsup-dashboard").Data["supsup.json"]).RootElement;

    public static TheoryData<string> Expressions =>
    [
        .. Alerts.Select(alert => alert.Expr),
        .. Dashboard.GetProperty("panels").EnumerateArray().SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!),
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Expressions))]
    public void Given_an_expression_when_its_names_are_looked_up_then_silos_have_these_metrics_with_these_labels(string expression)
    {
        PrometheusQuery query = PrometheusQuery.Parse(expression);
        Assert.NotEmpty(query.Selectors);
        Assert.All(query.Selectors, selector =>
        {
            Assert.True(KnownMetrics.Series.TryGetValue(selector.Metric, out string[]? labels), $"there is no metric {selector.Metric}");
            Assert.Empty(selector.Matchers.Select(matcher => matcher.Label).Except(labels));
            Assert.Empty(query.GroupedBy.Except(labels));
            foreach ((string label, string value) in selector.Matchers.Where(matcher => matcher.Label is "error" or "outcome" or "limit"))
                Assert.All(value.Split('|'), one => Assert.True(KnownMetrics.HasValue(label, one), $"{label} is never {one}"));
        });
    }

    [Theory]
    [InlineData(
        "sum by (model) (rate(supsup_mask_failures_total{error=\"Damaged\"}[5m])) > 0", "supsup_mask_failures_total", "error", "model")]
    [InlineData("up{job=\"a\"} == 1", "up", "job", "")]
    public void Given_an_expression_when_parsed_then_metric_matcher_and_groups_are_found(
        string expression, string metric, string label, string group)
    {
        PrometheusQuery query = PrometheusQuery.Parse(expression);
        Assert.Equal((metric, label), (query.Selectors.Single().Metric, query.Selectors.Single().Matchers.Single().Label));
        Assert.Equal(group, string.Join(',', query.GroupedBy));
    }

    [Theory]
    [InlineData("sum(rate(up[5m])")]
    [InlineData("up{job=up}")]
    [InlineData("sum by model (up)")]
    public void Given_what_is_no_expression_when_parsed_then_it_is_refused(string expression) =>
        Assert.Throws<FormatException>(() => PrometheusQuery.Parse(expression));

    [Fact]
    public void Given_alerts_when_looked_up_in_the_runbook_then_each_has_its_row_and_each_row_its_alert()
    {
        string runbook = File.ReadAllText(Repository.In("docs", "operating.md"));
        string[] rows = [.. Regex.Matches(runbook, @"^\| `(SupSup\w+)` \|", RegexOptions.Multiline).Select(match => match.Groups[1].Value)];
        Assert.Equal(Alerts.Select(alert => alert.Alert).Order(), rows.Order());
        Assert.All(Alerts, alert =>
        {
            Assert.Equal("docs/operating.md#repair", alert.Annotations["runbook"]);
            Assert.NotEmpty(alert.Annotations["summary"]);
            Assert.Equal("critical", alert.Labels["severity"]);
            Assert.Matches(@"^\d+m$", alert.For);
        });
    }

    [Fact]
    public void Given_the_dashboard_when_grafana_loads_it_then_it_is_labelled_for_it_and_its_panels_do_not_overlap()
    {
        V1ConfigMap map = Full.All<V1ConfigMap>().Single(map => map.Metadata.Name == "supsup-dashboard");
        Assert.Equal("1", map.Metadata.Labels["grafana_dashboard"]);
        JsonElement[] panels = [.. Dashboard.GetProperty("panels").EnumerateArray()];
        (int X, int Y, int W, int H)[] places = [.. panels.Select(panel => panel.GetProperty("gridPos"))
            .Select(at => (Number(at, "x"), Number(at, "y"), Number(at, "w"), Number(at, "h")))];
        Assert.All(places, place => Assert.InRange(place.X + place.W, 1, 24));
        (int, int)[] cells = [.. places.SelectMany(place => Enumerable.Range(place.X, place.W)
            .SelectMany(x => Enumerable.Range(place.Y, place.H).Select(y => (x, y))))];
        Assert.Equal(cells.Length, cells.Distinct().Count());
        Assert.Equal(panels.Length, panels.Select(panel => Number(panel, "id")).Distinct().Count());

        static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
    }

    [Fact]
    public void Given_the_autoscaler_when_it_asks_for_metrics_then_silos_have_them_and_the_adapter_has_a_rule_for_each()
    {
        string[] asked = [.. Full.All<V2HorizontalPodAutoscaler>().Single().Spec.Metrics.Where(metric => metric.Type == "Pods")
            .Select(metric => metric.Pods.Metric.Name)];
        Assert.Equal(["supsup_shard_memory_bytes", "supsup_training_queued"], asked);
        Assert.All(asked, name => Assert.Contains(name, KnownMetrics.Series.Keys));
        string adapter = File.ReadAllText(Repository.In("deploy", "k8s", "components", "scaling", "prometheus-adapter.yaml"));
        Assert.Equal(asked, Regex.Matches(adapter, @"seriesQuery: (\w+)\{").Select(match => match.Groups[1].Value));
        Assert.Contains(Full.All<V2HorizontalPodAutoscaler>().Single().Spec.Metrics, metric => metric.Resource?.Name == "cpu");
    }

    [Fact]
    public async Task Given_a_silo_that_learned_and_answered_when_its_page_is_read_then_its_series_and_labels_are_those_that_are_known()
    {
        await using SiloProcess silo = await SiloProcess.StartNewAsync(
            Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"), "measured", Path.Combine(_folder, "silo.log"),
            new Dictionary<string, string>
            {
                ["Storage:Directory"] = Path.Combine(_folder, "store"),
                ["Drain:Seconds"] = "0",
                ["Telemetry:Prometheus"] = "true",
            },
            Stop);
        await using SupSupConnection connection = await SupSupConnection.ConnectAsync(silo.GatewayPort, Stop);
        SupSupModel model = await connection.Client.CreateAsync(
            "m", new ModelSpec { Inputs = 8, Hidden = [8], Outputs = 4, Classes = 2, Seed = 7 }, Stop);
        InputBatch inputs = new() { Rows = 2, Values = [.. Enumerable.Range(0, 16).Select(i => MathF.Sin(i))] };
        await model.LearnAsync(
            0, new TrainingOrder { Data = null, Batches = 2 },
            (_, _) => ValueTask.FromResult(new LabelledBatch { Inputs = inputs, Labels = [0, 1] }), cancellationToken: Stop);
        await model.InferAsync(inputs, cancellationToken: Stop);
        using HttpClient http = new();
        await http.GetStringAsync(new Uri($"http://127.0.0.1:{silo.HttpPort}/v1/models"), Stop);
        string page = await http.GetStringAsync(new Uri($"http://127.0.0.1:{silo.HttpPort}/metrics"), Stop);

        (string Name, string[] Labels)[] found = [.. Regex.Matches(page, @"^(\w+)\{([^\n]*)\} ", RegexOptions.Multiline).Select(match =>
            (match.Groups[1].Value, Regex.Matches(match.Groups[2].Value, @"(\w+)=""").Select(label => label.Groups[1].Value)
                .Where(label => !label.StartsWith("otel_", StringComparison.Ordinal)).ToArray()))];
        (string Name, string[] Labels)[] own = [.. found.Where(one => one.Name.StartsWith("supsup_", StringComparison.Ordinal))];
        Assert.All(own, one =>
        {
            Assert.True(KnownMetrics.Series.TryGetValue(one.Name, out string[]? labels), $"{one.Name} is not documented");
            Assert.Empty(one.Labels.Except(labels));
        });
        foreach (string name in (string[])["supsup_inference_queries_total", "supsup_inference_duration_seconds_bucket",
            "supsup_inference_batch_rows_sum", "supsup_training_tasks_total", "supsup_training_queued", "supsup_shard_memory_bytes",
            "supsup_storage_duration_seconds_count", "supsup_mask_reads_total"])
            Assert.Contains(name, own.Select(one => one.Name));
        Assert.Contains(found, one => one.Name == "http_server_request_duration_seconds_count"
            && one.Labels.Contains("http_response_status_code") && one.Labels.Contains("http_route"));
    }
}
