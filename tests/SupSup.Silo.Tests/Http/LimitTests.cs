using System.Globalization;
using System.Net;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Tests.Security;

namespace SupSup.Silo.Tests.Http;

public sealed class LimitTests
{
    private const int MaxBytes = 16 << 10;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_caller_over_its_rate_when_it_asks_then_429_says_when_to_come_back_and_others_are_served()
    {
        using KeyFile keys = new();
        await using LocalSilo silo =
            await LocalSilo.StartAsync(settings => (settings.Security.KeysFile, settings.Security.RequestsPerMinute) = (keys.File, 3));
        LocalSilo.Answer? refused = null;
        int served = 0;
        while (refused is null)
        {
            LocalSilo.Answer answer = await silo.GetAsync("/v1/models", ("X-Api-Key", keys.Reader));
            if (answer.Code == HttpStatusCode.OK) served++;
            else refused = answer;
            Assert.True(served < 100, "there is no limit");
        }

        Assert.True(served >= 3, $"{served} served");
        refused.ShouldFail(HttpStatusCode.TooManyRequests, "3 requests a minute");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 20);
        GRPCInferenceService.GRPCInferenceServiceClient client = new(silo.Grpc);
        Task<ServerMetadataResponse> Ask(string key) => client.ServerMetadataAsync(
            new ServerMetadataRequest(), new Metadata { { "x-api-key", key } }, cancellationToken: Stop).ResponseAsync;
        RpcException limited = await Assert.ThrowsAsync<RpcException>(() => Ask(keys.Reader));
        Assert.Equal(StatusCode.ResourceExhausted, limited.StatusCode);
        Assert.Contains("3 requests a minute", limited.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("supsup", (await Ask(keys.Admin)).Name);
        Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/v1/models", ("X-Api-Key", keys.Trainer))).Code);

        // Those who are nobody share one limit, and do not touch others'.
        HttpStatusCode nobody;
        while ((nobody = (await silo.GetAsync("/v1/models", ("X-Api-Key", $"sup_{Guid.NewGuid()}"))).Code) == HttpStatusCode.Unauthorized)
        {
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, nobody);
        Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/v1/models", ("X-Api-Key", keys.Trainer))).Code);
        Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/health/ready")).Code);
        Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/")).Code);
    }

    [Fact]
    public async Task Given_a_request_that_is_too_large_when_sent_then_it_is_refused_with_413()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Http.MaxRequestBytes = MaxBytes);
        string large = new(' ', MaxBytes + 1);
        (await silo.SendAsync(HttpMethod.Post, "/v2/models/m/infer", large)).ShouldFail(
            HttpStatusCode.RequestEntityTooLarge, "Http:MaxRequestBytes");
        (await silo.SendAsync(HttpMethod.Put, "/v1/models/m", large)).ShouldFail(
            HttpStatusCode.RequestEntityTooLarge, "Http:MaxRequestBytes");
        using HttpRequestMessage chunked = new(HttpMethod.Post, "/v2/models/m/infer")
        {
            Content = new StringContent(large, null, "application/json"),
            Headers = { TransferEncodingChunked = true },
        };
        using HttpResponseMessage response = await silo.Client.SendAsync(chunked, Stop);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        StringContent line = new(large + "x\n");
        line.Headers.ContentType = new("application/x-ndjson");
        (await silo.SendAsync(HttpMethod.Post, "/v1/models/m/tasks/0/batches", line)).ShouldFail(
            HttpStatusCode.BadRequest, "Http:MaxRequestBytes");

        GRPCInferenceService.GRPCInferenceServiceClient client = new(silo.Grpc);
        foreach (int bytes in new[] { MaxBytes - 64, MaxBytes - 16, MaxBytes - 3, MaxBytes, 8 * MaxBytes })
        {
            ModelReadyRequest request = new() { Name = new string('x', bytes) };
            RpcException e =
                await Assert.ThrowsAsync<RpcException>(async () => await client.ModelReadyAsync(request, cancellationToken: Stop));
            Assert.Equal((bytes, request.CalculateSize() > MaxBytes ? StatusCode.ResourceExhausted : StatusCode.InvalidArgument),
                (bytes, e.StatusCode));
        }
    }

    [Fact]
    public async Task Given_a_caller_at_its_limit_of_requests_under_way_when_it_asks_again_then_it_is_refused_and_others_are_served()
    {
        using KeyFile keys = new();
        await using LocalSilo silo =
            await LocalSilo.StartAsync(settings => (settings.Security.KeysFile, settings.Security.ConcurrentRequests) = (keys.File, 2));
        List<HeldRequest> held = [];
        try
        {
            for (int n = 0; n < 2; n++)
                held.Add(await HeldRequest.StartAsync(silo.Settings.Http.Port, "PUT", $"/v1/models/m{n}",
                    """{"inputs":4,"hidden":[4],"outputs":4,"classes":2,"seed":1}""", Stop, $"X-Api-Key: {keys.Trainer}"));
            LocalSilo.Answer refused = await silo.GetAsync("/v1/models", ("X-Api-Key", keys.Trainer));
            refused.ShouldFail(HttpStatusCode.TooManyRequests, "Security:ConcurrentRequests");
            GRPCInferenceService.GRPCInferenceServiceClient client = new(silo.Grpc);
            RpcException e = await Assert.ThrowsAsync<RpcException>(async () =>
                await client.ServerMetadataAsync(
                    new ServerMetadataRequest(), new Metadata { { "x-api-key", keys.Trainer } }, cancellationToken: Stop));
            Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
            Assert.Contains("Security:ConcurrentRequests", e.Status.Detail, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/v1/models", ("X-Api-Key", keys.Reader))).Code);
            foreach (HeldRequest request in held)
                Assert.StartsWith("HTTP/1.1 200", await request.FinishAsync(Stop), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/v1/models", ("X-Api-Key", keys.Trainer))).Code);
        }
        finally
        {
            foreach (HeldRequest request in held) request.Dispose();
        }
    }

    [Fact]
    public async Task Given_a_silo_at_its_limit_of_requests_under_way_when_more_come_then_503_is_sent_and_health_is_answered()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Http.MaxConcurrentRequests = 2);
        List<HeldRequest> held = [];
        try
        {
            for (int n = 0; n < 2; n++) held.Add(await HeldRequest.StartAsync(silo.Settings.Http.Port, "PUT", $"/v1/models/m{n}",
                """{"inputs":4,"hidden":[4],"outputs":4,"classes":2,"seed":1}""", Stop));
            LocalSilo.Answer refused = await silo.GetAsync("/v1/models");
            refused.ShouldFail(HttpStatusCode.ServiceUnavailable, "Http:MaxConcurrentRequests");
            Assert.Equal("1", refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/health/ready")).Code);
            Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/v2/health/ready")).Code);
            foreach (HeldRequest request in held)
                Assert.StartsWith("HTTP/1.1 200", await request.FinishAsync(Stop), StringComparison.Ordinal);
            Assert.Equal(2, (await silo.GetAsync("/v1/models")).Body.GetProperty("models").GetArrayLength());
        }
        finally
        {
            foreach (HeldRequest request in held) request.Dispose();
        }
    }

    [Fact]
    public async Task Given_openapi_when_the_document_is_read_then_it_lists_every_route_and_no_other_and_the_page_is_there()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Http.OpenApi = true);
        LocalSilo.Answer document = await silo.GetAsync("/openapi/v1.json");
        Assert.Equal(HttpStatusCode.OK, document.Code);
        string[] listed = [.. document.Body.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
            .Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}")).Order(StringComparer.Ordinal)];
        string[] routes = [.. silo.Server.Endpoints.OfType<RouteEndpoint>()
            .Select(route => (Path: $"/{route.RoutePattern.RawText!.Trim('/').Replace(":int", "", StringComparison.Ordinal)}",
                route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods))
            .Where(route => route.HttpMethods is not null && (route.Path == "/v2" || route.Path.StartsWith("/v1/", StringComparison.Ordinal)
                || route.Path.StartsWith("/v2/", StringComparison.Ordinal)))
            .SelectMany(route => route.HttpMethods!.Select(method => $"{method} {route.Path}")).Order(StringComparer.Ordinal)];
        Assert.Equal(routes, listed);
        Assert.True(routes.Length > 30, $"{routes.Length} routes");
        foreach (JsonProperty path in document.Body.GetProperty("paths").EnumerateObject())
            foreach (JsonProperty method in path.Value.EnumerateObject())
            {
                Assert.NotEmpty(method.Value.GetProperty("summary").GetString()!);
                Assert.True(method.Value.GetProperty("responses").TryGetProperty("4XX", out _), $"{method.Name} {path.Name}");
            }

        string[] ids = [.. document.Body.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
            .Select(method => method.Value.GetProperty("operationId").GetString()!))];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Contains("putModelTaskTraining", ids);
        Assert.Equal(
            (await silo.GetAsync("/v2")).Body.GetProperty("version").GetString(),
            document.Body.GetProperty("info").GetProperty("version").GetString());
        LocalSilo.Answer page = await silo.GetAsync("/openapi");
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.Code, page.Type));
        Assert.Contains("swagger-ui", page.Body.GetString(), StringComparison.Ordinal);
    }
}
