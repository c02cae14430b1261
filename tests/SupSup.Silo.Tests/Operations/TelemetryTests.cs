using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using SupSup.LocalCluster;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.Operations;

public sealed class TelemetryTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_collector_when_a_silo_has_answered_and_stops_then_metrics_traces_and_logs_were_sent_there()
    {
        ConcurrentDictionary<string, string> received = [];
        int port = LoopbackPorts.Free(1)[0];
        await using WebApplication collector = Collector(port, received);
        await collector.StartAsync(Stop);
        await using (ApiSilo silo = await ApiSilo.StartAsync(("Telemetry:OtlpEndpoint", $"http://127.0.0.1:{port}")))
        {
            await silo.PutAsync("/v1/models/m", new { inputs = 64, hidden = new[] { 16 }, outputs = 20, classes = 4, seed = 7 });
            await silo.GetAsync("/v1/models");
            Assert.Equal(0, await silo.Process.StopAsync());
        }

        Assert.Contains("http.server.request.duration", received["/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"],
            StringComparison.Ordinal);
        Assert.Contains("supsup.storage.duration", received["/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"],
            StringComparison.Ordinal);
        Assert.Contains("/v1/models", received["/opentelemetry.proto.collector.trace.v1.TraceService/Export"], StringComparison.Ordinal);
        Assert.DoesNotContain(
            "/health/ready", received["/opentelemetry.proto.collector.trace.v1.TraceService/Export"], StringComparison.Ordinal);
        Assert.Contains(
            "Page, REST and health", received["/opentelemetry.proto.collector.logs.v1.LogsService/Export"], StringComparison.Ordinal);
        Assert.All(received.Values, sent => Assert.Contains("supsup-silo", sent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Given_prometheus_and_json_logs_when_asked_then_metrics_are_answered_and_every_line_of_the_log_is_json()
    {
        await using ApiSilo silo = await ApiSilo.StartAsync(("Telemetry:Prometheus", "true"), ("Telemetry:JsonLogs", "true"));
        await silo.PutAsync("/v1/models/m", new { inputs = 64, hidden = new[] { 16 }, outputs = 20, classes = 4, seed = 7 });
        (HttpStatusCode code, JsonElement body) = await silo.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, code);

        // Probes, of which the silo has answered some until it was ready, are no requests: all that count have a route.
        const string Requests = "http_server_request_duration_seconds_count";
        string[] requests =
            [.. body.GetString()!.Split('\n').Where(line => line.StartsWith(Requests, StringComparison.Ordinal))];
        Assert.NotEmpty(requests);
        Assert.All(requests, line => Assert.Contains("http_route=", line, StringComparison.Ordinal));
        Assert.Contains("supsup_storage_duration_seconds_count", body.GetString(), StringComparison.Ordinal);
        Assert.Equal(0, await silo.Process.StopAsync());
        string[] lines = [.. silo.Log.Split('\n').Where(line => line.StartsWith('{'))];
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.NotEmpty(JsonSerializer.Deserialize<JsonElement>(line).GetProperty("Message").GetString()!));
        Assert.All(lines, line => Assert.Equal(
            TimeSpan.Zero, JsonSerializer.Deserialize<JsonElement>(line).GetProperty("Timestamp").GetDateTimeOffset().Offset));
    }

    // Takes what it is sent, as a collector does, and keeps the bytes: names stand in them as text.
    private static WebApplication Collector(int port, ConcurrentDictionary<string, string> received)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddRouting();
        WebApplication collector = builder.Build();
        collector.Run(async context =>
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            received.AddOrUpdate(context.Request.Path, Encoding.Latin1.GetString(body.ToArray()),
                (_, before) => before + Encoding.Latin1.GetString(body.ToArray()));
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[5], context.RequestAborted); // an empty message
            context.Response.AppendTrailer("grpc-status", "0");
        });
        return collector;
    }
}
