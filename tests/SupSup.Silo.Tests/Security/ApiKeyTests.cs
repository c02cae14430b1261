using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using SupSup.Silo.Management.Protocol;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.Security;

public sealed class ApiKeyTests : IClassFixture<ApiKeyTests.KeyedSilo>
{
    private readonly LocalSilo _silo;
    private readonly KeyFile _keys;

    public ApiKeyTests(KeyedSilo fixture) => (_silo, _keys) = (fixture.Silo, fixture.Keys);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_no_key_a_wrong_or_an_expired_one_when_asked_then_401_says_what_to_send()
    {
        string wrong = _keys.Admin[..^1] + (_keys.Admin[^1] == 'A' ? 'B' : 'A');
        foreach ((string, string)[] headers in new (string, string)[][]
        {
            [], [("X-Api-Key", wrong)], [("X-Api-Key", _keys.Expired)], [("Authorization", $"Bearer {wrong}")],
            [("Authorization", $"Basic {_keys.Admin}")],
            [("Authorization", "Bearer ")], [("Authorization", "Bearer a.b.c")],
            [("X-Api-Key", wrong), ("Authorization", $"Bearer {_keys.Admin}")],
        })
        {
            LocalSilo.Answer answer = await _silo.GetAsync("/v1/models", headers);
            answer.ShouldFail(HttpStatusCode.Unauthorized, "Authorization: Bearer KEY");
            Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
        }
    }

    [Theory]
    [InlineData("GET", "/v2", "reader")]
    [InlineData("GET", "/v1/models", "reader")]
    [InlineData("POST", "/v2/models/none/infer", "reader")]
    [InlineData("POST", "/v1/models/none/preview", "reader")]
    [InlineData("PUT", "/v1/models/made", "trainer")]
    [InlineData("POST", "/v1/models/none/tasks", "trainer")]
    [InlineData("PUT", "/v1/models/none/tasks/1/training", "trainer")]
    [InlineData("DELETE", "/v1/models/none/tasks/1/training", "trainer")]
    [InlineData("PUT", "/v1/models/none/tasks/1/mask", "trainer")]
    [InlineData("POST", "/v1/models/none/tasks/1/batches", "trainer")]
    [InlineData("POST", "/v1/models/none/tasks/1/flush", "trainer")]
    [InlineData("PUT", "/v1/models/none/streams/s", "trainer")]
    [InlineData("POST", "/v1/models/none/streams/s/complete", "trainer")]
    [InlineData("DELETE", "/v1/models/none/tasks/1", "admin")]
    [InlineData("GET", "/orleans/", "admin")]
    [InlineData("GET", "/orleans/DashboardCounters", "admin")]
    public async Task Given_a_role_when_asking_then_it_may_what_its_role_and_those_before_may_and_403_names_it_else(
        string method, string path, string least)
    {
        string[] order = ["reader", "trainer", "admin"];
        foreach ((string role, string name, string key) in new[] { ("reader", "ruth", _keys.Reader), ("trainer", "tom", _keys.Trainer),
            ("admin", "ada", _keys.Admin) })
        {
            foreach ((string, string) header in new[] { ("X-Api-Key", key), ("Authorization", $"Bearer {key}"),
                ("authorization", $"bearer {key}") })
            {
                LocalSilo.Answer answer = await _silo.SendAsync(new HttpMethod(method), path, null, header);
                if (Array.IndexOf(order, role) < Array.IndexOf(order, least)) answer.ShouldFail(HttpStatusCode.Forbidden, $"'{name}'");
                else Assert.DoesNotContain(
                    answer.Code, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.InternalServerError });
            }
        }
    }

    [Fact]
    public async Task Given_the_dashboard_when_an_admin_asks_then_the_page_and_its_data_are_there()
    {
        Assert.Contains(
            "<html", (await _silo.GetAsync("/orleans/", ("X-Api-Key", _keys.Admin))).Body.GetString(), StringComparison.OrdinalIgnoreCase);
        LocalSilo.Answer counters = await _silo.GetAsync("/orleans/DashboardCounters", ("X-Api-Key", _keys.Admin));
        Assert.True(counters.Code == HttpStatusCode.OK, counters.Body.ToString());
    }

    [Fact]
    public async Task Given_openapi_when_the_document_is_read_then_it_wants_a_key_and_says_how_it_is_sent()
    {
        await using LocalSilo silo =
            await LocalSilo.StartAsync(settings => (settings.Security.KeysFile, settings.Http.OpenApi) = (_keys.File, true));
        LocalSilo.Answer document = await silo.GetAsync("/openapi/v1.json", ("X-Api-Key", _keys.Reader));
        Assert.Equal("bearer", document.Body.GetProperty("components").GetProperty("securitySchemes").GetProperty("key")
            .GetProperty("scheme").GetString());
        Assert.True(document.Body.GetProperty("security")[0].TryGetProperty("key", out _));
    }

    [Fact]
    public async Task Given_a_browser_when_it_opens_the_dashboard_then_the_key_is_asked_for_as_a_password_which_opens_nothing_else()
    {
        LocalSilo.Answer asked = await _silo.GetAsync("/orleans/");
        Assert.Equal((HttpStatusCode.Unauthorized, "Basic"), (asked.Code, Assert.Single(asked.Headers.WwwAuthenticate).Scheme));
        (string, string) password =
            ("Authorization", $"Basic {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"me:{_keys.Admin}"))}");
        Assert.Equal(HttpStatusCode.OK, (await _silo.GetAsync("/orleans/DashboardCounters", password)).Code);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _silo.GetAsync("/v1/models", password)).Code);
        Assert.Equal(
            HttpStatusCode.Unauthorized, (await _silo.SendAsync(HttpMethod.Post, "/orleans/DashboardCounters", null, password)).Code);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _silo.GetAsync("/orleans/", ("Authorization", "Basic !"))).Code);
    }

    [Fact]
    public async Task Given_keys_and_roles_when_grpc_is_called_then_they_hold_there_too()
    {
        GRPCInferenceService.GRPCInferenceServiceClient client = new(_silo.Grpc);
        Task<StatusCode> Ask(params (string Name, string Value)[] metadata) => StatusAsync(async () =>
            await client.ModelReadyAsync(new ModelReadyRequest { Name = "none" }, Metadata(metadata), cancellationToken: Stop));
        Assert.Equal(StatusCode.Unauthenticated, await Ask());
        Assert.Equal(StatusCode.Unauthenticated, await Ask(("x-api-key", _keys.Expired)));
        Assert.Equal(StatusCode.Unauthenticated, await Ask(("authorization", "Bearer sup_wrong")));
        Assert.Equal(StatusCode.NotFound, await Ask(("x-api-key", _keys.Reader)));
        Assert.Equal(StatusCode.NotFound, await Ask(("authorization", $"Bearer {_keys.Reader}")));
        Assert.Equal(StatusCode.PermissionDenied, await LearnAsync(_keys.Reader));
        Assert.Equal(StatusCode.NotFound, await LearnAsync(_keys.Trainer));
        Assert.Equal(StatusCode.NotFound, await LearnAsync(_keys.Admin));
    }

    [Fact]
    public async Task Given_keys_when_nobody_says_who_they_are_then_health_and_the_page_stay_open_and_every_other_route_does_not()
    {
        foreach (string path in new[] { "/health/startup", "/health/ready", "/health/live", "/v2/health/live", "/v2/health/ready", "/" })
            Assert.True((await _silo.GetAsync(path)).Code == HttpStatusCode.OK, path);
        RouteEndpoint[] routes = [.. _silo.Server.Endpoints.OfType<RouteEndpoint>()];
        Assert.True(routes.Length > 40, $"{routes.Length} routes");
        foreach (RouteEndpoint route in routes.Where(route => route.Metadata.GetMetadata<IAllowAnonymous>() is null))
        {
            string path = System.Text.RegularExpressions.Regex.Replace(
                route.RoutePattern.RawText!, @"\{\**(\w+)(:\w+)?[^}]*\}", match => match.Groups[2].Success ? "1" : "x");
            string method = route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is [{ } first, ..] ? first : "GET";
            HttpStatusCode code = (await _silo.SendAsync(new HttpMethod(method), path.StartsWith('/') ? path : "/" + path)).Code;
            Assert.True(code is HttpStatusCode.Unauthorized, $"{method} {path}: {code}");
        }

        string[] open = [.. routes.Where(route => route.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .Select(route => route.RoutePattern.RawText!).Order(StringComparer.Ordinal)];
        Assert.Equal(["/v2/health/live", "/v2/health/ready"],
            open.Where(path => !path.StartsWith("/grpc.health.v1.Health/", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.Unauthorized, (await _silo.GetAsync("/nothing/here")).Code);
    }

    [Fact]
    public async Task Given_keys_when_another_host_name_or_origin_is_sent_then_it_makes_no_difference()
    {
        Assert.Equal(
            HttpStatusCode.OK, (await _silo.GetAsync("/v1/models", ("X-Api-Key", _keys.Reader), ("Host", "models.example.org"))).Code);
        Assert.Equal(
            HttpStatusCode.OK, (await _silo.GetAsync("/v1/models", ("X-Api-Key", _keys.Reader), ("Origin", "https://example.org"))).Code);
    }

    private async Task<StatusCode> LearnAsync(string key)
    {
        using AsyncDuplexStreamingCall<LearnRequest, LearnPosition> call = new Streams.StreamsClient(_silo.Grpc).Learn(
            Metadata([("x-api-key", key)]), cancellationToken: Stop);
        return await StatusAsync(async () =>
        {
            try
            {
                await call.RequestStream.WriteAsync(new LearnRequest { Open = new OpenTask { Model = "none", Task = 1 } }, Stop);
            }
            catch (RpcException)
            {
                // The call may be over before all was sent; its status is read below.
            }

            await call.ResponseStream.MoveNext(Stop);
        });
    }

    private static Metadata Metadata((string Name, string Value)[] entries)
    {
        Metadata metadata = [];
        foreach ((string name, string value) in entries) metadata.Add(name, value);
        return metadata;
    }

    private static async Task<StatusCode> StatusAsync(Func<Task> call) => (await Assert.ThrowsAsync<RpcException>(call)).StatusCode;

    public sealed class KeyedSilo : IAsyncLifetime
    {
        internal KeyFile Keys { get; } = new();

        internal LocalSilo Silo { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Silo = await LocalSilo.StartAsync(settings => settings.Security.KeysFile = Keys.File);

        public async ValueTask DisposeAsync()
        {
            await Silo.DisposeAsync();
            Keys.Dispose();
        }
    }
}
