using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using SupSup.Grains.Telemetry;
using SupSup.Silo.Management.Protocol;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Settings;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.Security;

/// <summary>What keys that are limited to models or tasks reach, and what they do not.</summary>
public sealed partial class LimitedKeyTests : IClassFixture<LimitedKeyTests.SharedSilo>
{
    // Names and numbers that come up in no answer by chance.
    private const string Own = "acme-main";
    private const string Foreign = "zzforeign";
    private const string Absent = "zzabsents";
    private const int OwnTask = 0;
    private const int ForeignTask = 471147;
    private const int AbsentTask = 471148;
    private const string ForeignName = "zzother-1";

    private readonly LocalSilo _silo;
    private readonly SharedSilo _shared;

    public LimitedKeyTests(SharedSilo shared) => (_silo, _shared) = (shared.Silo, shared);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_key_limited_to_models_when_every_endpoint_is_asked_for_another_model_then_it_is_as_if_it_were_not_there()
    {
        List<string> asked = [];
        foreach ((string method, string pattern, RouteEndpoint route) in Rest())
        {
            if (!pattern.Contains("{model}", StringComparison.Ordinal))
            {
                (HttpStatusCode code, string text) = await AskAsync(method, Path(pattern, Own, OwnTask), _shared.AcmeAdmin);
                Assert.DoesNotContain(Foreign, text, StringComparison.Ordinal);
                Assert.True(IsFor(route, tasks: false) || code == HttpStatusCode.Forbidden, $"{method} {pattern}: {code} {text}");
                continue;
            }

            asked.Add(pattern);
            (HttpStatusCode there, string told) = await AskAsync(method, Path(pattern, Foreign, OwnTask), _shared.AcmeAdmin);
            (HttpStatusCode gone, string other) = await AskAsync(method, Path(pattern, Absent, OwnTask), _shared.AcmeAdmin);
            Assert.True(there == HttpStatusCode.NotFound && gone == there, $"{method} {pattern}: {there}, {gone}");
            Assert.Equal(Neutral(other), Neutral(told));
        }

        Assert.True(asked.Count > 40, $"{asked.Count} endpoints");
        Assert.Equal(1, await TasksOfAsync(Foreign)); // nothing was deleted, or renamed
    }

    [Fact]
    public async Task Given_a_key_limited_to_tasks_when_every_endpoint_is_asked_for_another_task_then_it_is_as_if_it_were_not_there()
    {
        List<string> asked = [];
        foreach ((string method, string pattern, RouteEndpoint route) in Rest())
        {
            if (!pattern.Contains("{task", StringComparison.Ordinal))
            {
                (HttpStatusCode code, string text) = await AskAsync(method, Path(pattern, Own, OwnTask), _shared.BaselAdmin);
                Assert.DoesNotContain($"{ForeignTask}", text, StringComparison.Ordinal);
                Assert.DoesNotContain(ForeignName, text, StringComparison.Ordinal);
                Assert.True(IsFor(route, tasks: true) || code == HttpStatusCode.Forbidden, $"{method} {pattern}: {code} {text}");
                continue;
            }

            asked.Add(pattern);
            (HttpStatusCode there, string told) = await AskAsync(method, Path(pattern, Own, ForeignTask), _shared.BaselAdmin);
            (HttpStatusCode gone, string other) = await AskAsync(method, Path(pattern, Own, AbsentTask), _shared.BaselAdmin);
            Assert.True(there == HttpStatusCode.NotFound && gone == there, $"{method} {pattern}: {there}, {gone}");
            Assert.Equal(Neutral(other), Neutral(told));
        }

        Assert.True(asked.Count > 15, $"{asked.Count} endpoints");
        Assert.Equal(2, await TasksOfAsync(Own));
    }

    [Fact]
    public async Task Given_limited_keys_when_every_method_of_grpc_is_called_for_what_is_another_s_then_it_is_as_if_it_were_not_there()
    {
        GRPCInferenceService.GRPCInferenceServiceClient infer = new(_silo.Grpc);
        Streams.StreamsClient streams = new(_silo.Grpc);
        Dictionary<string, Func<string, Metadata, Task>> forModels = new()
        {
            ["ModelReady"] = async (model, key) => await infer.ModelReadyAsync(new() { Name = model }, key, null, Stop),
            ["ModelMetadata"] = async (model, key) => await infer.ModelMetadataAsync(new() { Name = model }, key, null, Stop),
            ["ModelConfig"] = async (model, key) => await infer.ModelConfigAsync(new() { Name = model }, key, null, Stop),
            ["ModelStatistics"] = async (model, key) => await infer.ModelStatisticsAsync(new() { Name = model }, key, null, Stop),
            ["ModelInfer"] = async (model, key) => await infer.ModelInferAsync(Infer(model), key, null, Stop),
            ["ModelStreamInfer"] = (model, key) => StreamInferAsync(infer, Infer(model), key),
            ["Learn"] = (model, key) => LearnAsync(streams, model, OwnTask, key),
            ["Submit"] = (model, key) => SubmitAsync(streams, model, key),
        };
        Dictionary<string, Func<Metadata, Task<string>>> others = new()
        {
            ["ServerLive"] = async key => $"{await infer.ServerLiveAsync(new(), key, null, Stop)}",
            ["ServerReady"] = async key => $"{await infer.ServerReadyAsync(new(), key, null, Stop)}",
            ["ServerMetadata"] = async key => $"{await infer.ServerMetadataAsync(new(), key, null, Stop)}",
            ["RepositoryIndex"] = async key => $"{await infer.RepositoryIndexAsync(new(), key, null, Stop)}",
        };
        string[] methods =
        [
            .. _silo.Server.Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method)
                .Where(method => method?.ServiceName is "inference.GRPCInferenceService" or "supsup.v1.Streams")
                .Select(method => method!.Name).Distinct(),
        ];
        Assert.Equal(methods.Order(), forModels.Keys.Concat(others.Keys).Order());
        foreach ((string method, Func<string, Metadata, Task> call) in forModels)
        {
            RpcException there = await Assert.ThrowsAsync<RpcException>(() => call(Foreign, Key(_shared.AcmeAdmin)));
            RpcException gone = await Assert.ThrowsAsync<RpcException>(() => call(Absent, Key(_shared.AcmeAdmin)));
            Assert.True((there.StatusCode, gone.StatusCode) == (StatusCode.NotFound, StatusCode.NotFound), $"{method}: {there.Status}");
            Assert.Equal(Neutral(gone.Status.Detail), Neutral(there.Status.Detail));
        }

        foreach (Func<Metadata, Task<string>> call in others.Values)
            Assert.DoesNotContain(Foreign, await call(Key(_shared.AcmeAdmin)), StringComparison.Ordinal);
        Assert.Contains(Own, await others["RepositoryIndex"](Key(_shared.AcmeAdmin)), StringComparison.Ordinal);
        Assert.DoesNotContain(
            Foreign, $"{await infer.ModelStatisticsAsync(new(), Key(_shared.AcmeAdmin), null, Stop)}", StringComparison.Ordinal);

        Metadata basel = Key(_shared.BaselAdmin);
        foreach (int task in new[] { ForeignTask, AbsentTask })
            Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => LearnAsync(streams, Own, task, basel)))
                .StatusCode);
        Assert.Equal(
            StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(() => forModels["Submit"](Own, basel))).StatusCode);
        Assert.Equal(
            StatusCode.PermissionDenied,
            (await Assert.ThrowsAsync<RpcException>(() => forModels["ModelStatistics"](Own, basel))).StatusCode);
    }

    [Fact]
    public async Task Given_a_key_limited_to_models_when_it_works_on_its_own_then_it_may_all_that_its_role_may_and_lists_have_these_alone()
    {
        (string, string) key = Header(_shared.AcmeAdmin);
        JsonElement listed = (await _silo.GetAsync("/v1/models", key)).Body.GetProperty("models");
        Assert.Equal([Own], listed.EnumerateArray().Select(model => model.GetProperty("name").GetString()));
        LocalSilo.Answer document = await _silo.GetAsync("/openapi/v1.json", key);
        Assert.Equal(HttpStatusCode.OK, document.Code);
        Assert.DoesNotContain("limits", document.Body.ToString(), StringComparison.OrdinalIgnoreCase); // they are no part of a request
        Assert.Equal([Own], (await _silo.GetAsync("/v2/models", key)).Body.GetProperty("models").EnumerateArray().Select(
            model => model.GetString()));
        (await _silo.SendAsync(HttpMethod.Put, "/v1/models/others", Spec, key)).ShouldFail(HttpStatusCode.NotFound, "'others'", "acme-*");
        Assert.Equal(HttpStatusCode.OK, (await _silo.SendAsync(HttpMethod.Put, "/v1/models/acme-new", Spec, key)).Code);
        await _shared.LearnAsync("acme-new", 0, "first", key);
        Assert.All(await InferAsync("acme-new", "{}", key), task => Assert.Equal(0, task));
        (await _silo.SendAsync(HttpMethod.Put, "/v1/models/acme-new/name", new { name = "others" }, key)).ShouldFail(
            HttpStatusCode.BadRequest, "'others'", "acme-*");
        Assert.Equal(HttpStatusCode.NoContent, (await _silo.SendAsync(
            HttpMethod.Put, "/v1/models/acme-new/name", new { name = "acme-renamed" }, key)).Code);
        Assert.Equal(HttpStatusCode.OK, (await _silo.GetAsync("/v1/models/acme-renamed", key)).Code);
        Assert.Equal(HttpStatusCode.OK, (await _silo.GetAsync("/v1/models/acme-new/export", key)).Code);
        Assert.Equal(HttpStatusCode.NoContent, (await _silo.SendAsync(HttpMethod.Delete, "/v1/models/acme-new", null, key)).Code);
    }

    [Fact]
    public async Task Given_a_name_of_another_s_model_when_a_limited_key_asks_for_it_then_the_answer_is_that_of_a_model_that_is_not_there()
    {
        (string, string) admin = Header(_shared.Keys.Admin), key = Header(_shared.AcmeAdmin);
        Assert.Equal(HttpStatusCode.NoContent, (await _silo.SendAsync(
            HttpMethod.Put, $"/v1/models/{Foreign}/name", new { name = "acme-alias" }, admin)).Code);
        Assert.Equal(HttpStatusCode.OK, (await _silo.GetAsync("/v1/models/acme-alias", admin)).Code);
        LocalSilo.Answer there = await _silo.GetAsync("/v1/models/acme-alias", key);
        LocalSilo.Answer gone = await _silo.GetAsync("/v1/models/acme-none", key);
        Assert.Equal(HttpStatusCode.NotFound, there.Code);
        Assert.Equal(
            gone.Body.GetProperty("detail").GetString()!.Replace("acme-none", "acme-alias", StringComparison.Ordinal),
            there.Body.GetProperty("detail").GetString());
        LocalSilo.Answer taken = await _silo.SendAsync(HttpMethod.Put, $"/v1/models/{Own}/name", new { name = "acme-alias" }, key);
        taken.ShouldFail(HttpStatusCode.Conflict, "taken");
        Assert.DoesNotContain(Foreign, taken.Body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_data_of_another_or_of_a_folder_when_a_limited_key_names_them_then_they_are_refused_there_or_not()
    {
        (string, string) key = Header(_shared.AcmeAdmin);
        foreach (string dataset in new[] { "/etc", "/nothing/here", ".", $"upload:{Foreign}/0", $"upload:{Absent}/0" })
        {
            object data = new { data = new { dataset } };
            LocalSilo.Answer order = await _silo.SendAsync(HttpMethod.Put, $"/v1/models/{Own}/tasks/7/training", data, key);
            LocalSilo.Answer test = await _silo.SendAsync(HttpMethod.Post, $"/v1/models/{Own}/tasks/{OwnTask}/evaluation", data, key);
            HttpStatusCode expected = dataset[0] == 'u' ? HttpStatusCode.NotFound : HttpStatusCode.BadRequest;
            order.ShouldFail(expected, "'acme-admin'");
            test.ShouldFail(expected, "'acme-admin'");
        }

        Assert.Equal(HttpStatusCode.NotFound, (await _silo.SendAsync(
            HttpMethod.Put, $"/v1/models/{Own}/tasks/7/training", new { data = new { dataset = $"upload:{Own}/{ForeignTask}" } },
            Header(_shared.BaselAdmin))).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await _silo.SendAsync(
            HttpMethod.Post, $"/v1/inspection?model={Foreign}", "a,b\n1,2\n", key)).Code);
    }

    [Fact]
    public async Task Given_options_of_sent_data_that_lead_elsewhere_when_a_limited_key_gives_them_then_they_are_options_there_or_not()
    {
        (string, string) key = Header(_shared.AcmeAdmin);
        const string up = "/../../../../../../../../../../../..";
        foreach (string path in new[] { "/etc", "/nothing/here" })
        {
            string options = Uri.EscapeDataString(up + path);
            (await _silo.SendAsync(HttpMethod.Post, $"/v1/inspection?file=x.csv&options={options}", "a,b\n1,2\n", key))
                .ShouldFail(HttpStatusCode.BadRequest, "unknown option");
            Assert.Equal(HttpStatusCode.OK, (await _silo.SendAsync(
                HttpMethod.Put, $"/v1/models/{Own}/tasks/{OwnTask}/data?file=x.csv", "a,b\n1,2\n", key)).Code);
            object order = new { data = new { dataset = $"upload:{Own}/{OwnTask}?{up}{path}" } };
            (await _silo.SendAsync(HttpMethod.Post, $"/v1/models/{Own}/tasks/{OwnTask}/evaluation", order, key))
                .ShouldFail(HttpStatusCode.BadRequest, "unknown option");
        }

        Assert.Equal(HttpStatusCode.NoContent,
            (await _silo.SendAsync(HttpMethod.Delete, $"/v1/models/{Own}/tasks/{OwnTask}/data", null, key)).Code);
    }

    [Fact]
    public async Task Given_a_key_limited_to_tasks_when_it_infers_then_its_tasks_alone_are_considered()
    {
        (string, string) admin = Header(_shared.Keys.Admin), key = Header(_shared.BaselAdmin);

        // Rows of both tasks: asked without limits each task is found for some.
        Assert.Equal([OwnTask, ForeignTask], (await InferAsync(Own, "{}", admin)).Distinct().Order());
        Assert.All(await InferAsync(Own, "{}", key), task => Assert.Equal(OwnTask, task));
        Assert.All(await InferAsync(Own, """{"candidates":"0"}""", key), task => Assert.Equal(OwnTask, task));
        foreach (int task in new[] { ForeignTask, AbsentTask })
        {
            (await AnswerAsync(Own, $"{{\"task\":{task}}}", key)).ShouldFail(HttpStatusCode.NotFound, $"{task}");
            (await AnswerAsync(Own, $"{{\"candidates\":\"0,{task}\"}}", key)).ShouldFail(HttpStatusCode.NotFound, $"{task}");
        }

        LocalSilo.Answer runners = await AnswerAsync(Own, """{"runners_up":3}""", key);
        Assert.DoesNotContain($"{ForeignTask}", runners.Body.ToString(), StringComparison.Ordinal);
        LocalSilo.Answer model = await _silo.GetAsync($"/v1/models/{Own}", key);
        Assert.Equal(1, model.Body.GetProperty("tasks").GetInt32());
        LocalSilo.Answer tasks = await _silo.GetAsync($"/v1/models/{Own}/tasks", key);
        Assert.Equal(1, tasks.Body.GetProperty("total").GetInt32());
        LocalSilo.Answer none = await AnswerAsync(Own, "{}", Header(_shared.Nobody));
        none.ShouldFail(HttpStatusCode.NotFound, "no task of 'nobody'");
    }

    [Fact]
    public async Task Given_a_key_limited_to_tasks_when_it_learns_one_then_it_is_called_as_its_index_was_allocated_for()
    {
        (string, string) key = Header(_shared.BaselAdmin);
        (await _silo.SendAsync(HttpMethod.Post, $"/v1/models/{Own}/tasks", null, key)).ShouldFail(HttpStatusCode.BadRequest, "?name=NAME");
        (await _silo.SendAsync(HttpMethod.Post, $"/v1/models/{Own}/tasks?name=zzother-2", null, key)).ShouldFail(
            HttpStatusCode.BadRequest, "basel-*");
        LocalSilo.Answer allocated = await _silo.SendAsync(HttpMethod.Post, $"/v1/models/{Own}/tasks?name=basel-2", null, key);
        Assert.Equal(HttpStatusCode.Created, allocated.Code);
        int task = allocated.Body.GetProperty("task").GetInt32();
        await _shared.LearnAsync(Own, task, null, key);
        Assert.Equal("basel-2", (await _silo.GetAsync($"/v1/models/{Own}/tasks/{task}", key)).Body.GetProperty("names").GetProperty("task")
            .GetString());
        (await _silo.SendAsync(HttpMethod.Put, $"/v1/models/{Own}/tasks/{task}/name", new { name = ForeignName }, key)).ShouldFail(
            HttpStatusCode.BadRequest, "basel-*");
        Assert.Equal(
            HttpStatusCode.NoContent, (await _silo.SendAsync(HttpMethod.Delete, $"/v1/models/{Own}/tasks/{task}", null, key)).Code);
    }

    [Fact]
    public async Task Given_a_claim_of_models_when_tokens_are_sent_then_they_are_limited_and_one_without_the_claim_is_for_nothing()
    {
        using Tokens tokens = Tokens.Curve();
        await using LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Security.Jwt = new JwtSettings
        {
            PublicKeyFile = tokens.PublicKeyFile,
            Issuer = Tokens.Issuer,
            Audience = Tokens.Audience,
            ModelsClaim = "models",
        });
        (string, string) Token(params (string Claim, object Value)[] claims) =>
            ("Authorization", $"Bearer {tokens.Make("admin", more: claims)}");
        (string, string) all = Token(("models", "*")), acme = Token(("models", new[] { "acme-*", "shared" })), none = Token();
        foreach (string model in new[] { "acme-1", "other" })
            Assert.Equal(HttpStatusCode.OK, (await silo.SendAsync(HttpMethod.Put, $"/v1/models/{model}", Spec, all)).Code);
        Assert.Equal(2, (await silo.GetAsync("/v1/models", all)).Body.GetProperty("models").GetArrayLength());
        Assert.Equal(1, (await silo.GetAsync("/v1/models", acme)).Body.GetProperty("models").GetArrayLength());
        (string, string) text = Token(("models", "acme-*, shared"));
        Assert.Equal(1, (await silo.GetAsync("/v1/models", text)).Body.GetProperty("models").GetArrayLength());
        Assert.Equal(0, (await silo.GetAsync("/v1/models", none)).Body.GetProperty("models").GetArrayLength());
        Assert.Equal(HttpStatusCode.NotFound, (await silo.GetAsync("/v1/models/other", acme)).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await silo.GetAsync("/v1/models/acme-1", none)).Code);
    }

    [Fact]
    public async Task Given_keys_when_they_ask_learn_and_infer_then_what_each_takes_is_counted_by_its_name()
    {
        using MeterListener listener = new();
        Dictionary<(string, string), long> counted = [];
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Meter.Name == SupSupTelemetry.Name && instrument.Name.StartsWith("supsup.usage.", StringComparison.Ordinal))
                own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            lock (counted)
            {
                (string, string) key = (instrument.Name, $"{tags[0].Value}");
                counted[key] = counted.GetValueOrDefault(key) + value;
            }
        });
        listener.Start();
        string secret = _shared.Keys.Add("counted", "trainer");
        await using LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Security.KeysFile = _shared.Keys.File);
        Assert.Equal(HttpStatusCode.OK, (await silo.SendAsync(HttpMethod.Put, "/v1/models/m", Spec, Header(secret))).Code);
        await SharedSilo.LearnAsync(silo, "m", 0, "one", Header(secret));
        string body = InferBody("{}");
        Assert.Equal(HttpStatusCode.OK, (await silo.SendAsync(HttpMethod.Post, "/v2/models/m/infer", body, Header(secret))).Code);
        lock (counted)
        {
            Assert.Equal(5, counted[("supsup.usage.requests", "counted")]);
            Assert.Equal(Rows.Length, counted[("supsup.usage.rows", "counted")]);
            Assert.Equal(SharedSilo.Batches, counted[("supsup.usage.batches", "counted")]);
            Assert.True(counted[("supsup.usage.bytes", "counted")] > body.Length, $"{counted[("supsup.usage.bytes", "counted")]}");
            Assert.All(counted.Keys, key => Assert.DoesNotContain(secret, key.Item2, StringComparison.Ordinal));
        }
    }

    private static readonly float[][] Rows = [[4, 0, 0, 0], [0, 4, 0, 0], [0, 0, 4, 0], [-4, 0, 0, 2], [0, -4, 0, 2], [0, 0, -4, 2]];

    private static object Spec => new { inputs = 4, hidden = new[] { 32 }, outputs = 12, classes = 3, seed = 1 };

    private static (string, string) Header(string key) => ("X-Api-Key", key);

    private static Metadata Key(string key) => new() { { "x-api-key", key } };

    private static string InferBody(string parameters) => $$"""
        {"inputs":[{"name":"input","shape":[{{Rows.Length}},4],"datatype":"FP32","data":{{JsonSerializer.Serialize(Rows)}}}],
         "parameters":{{parameters}}}
        """;

    private static ModelInferRequest Infer(string model) => new()
    {
        ModelName = model,
        Inputs =
        {
            new ModelInferRequest.Types.InferInputTensor
            {
                Name = "input", Datatype = "FP32", Shape = { 1, 4 }, Contents = new InferTensorContents { Fp32Contents = { Rows[0] } },
            },
        },
    };

    private static string Neutral(string text) => Trace().Replace(
        text.Replace(Absent, Foreign, StringComparison.Ordinal).Replace($"{AbsentTask}", $"{ForeignTask}", StringComparison.Ordinal), "");

    private static string Path(string pattern, string model, int task) => "/" + Parameter().Replace(
        pattern.Replace("{model}", model, StringComparison.Ordinal).Replace("{task:int}", $"{task}", StringComparison.Ordinal),
        match => match.Groups[1].Success ? "1" : "x").TrimStart('/');

    private static bool IsFor(RouteEndpoint route, bool tasks) =>
        route.Metadata.GetMetadata<SupSup.Silo.Security.ForLimitedAttribute>() is { } said && (!tasks || said.Tasks);

    private IEnumerable<(string Method, string Pattern, RouteEndpoint Route)> Rest() => _silo.Server.Endpoints.OfType<RouteEndpoint>()
        .Where(route => route.Metadata.GetMetadata<IAllowAnonymous>() is null && route.Metadata.GetMetadata<GrpcMethodMetadata>() is null
            && !route.RoutePattern.RawText!.Contains("unimplemented", StringComparison.OrdinalIgnoreCase))
        .Select(route => (
            route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is [{ } first, ..] ? first : "GET",
            route.RoutePattern.RawText!, route));

    private async Task<(HttpStatusCode Code, string Text)> AskAsync(string method, string path, string key)
    {
        LocalSilo.Answer answer = await _silo.SendAsync(new HttpMethod(method), path, null, Header(key));
        return (answer.Code, answer.Body.ToString());
    }

    private async Task<int> TasksOfAsync(string model) => (await _silo.GetAsync($"/v1/models/{model}", Header(_shared.Keys.Admin)))
        .Body.GetProperty("tasks").GetInt32();

    private Task<LocalSilo.Answer> AnswerAsync(string model, string parameters, (string, string) key) =>
        _silo.SendAsync(HttpMethod.Post, $"/v2/models/{model}/infer", InferBody(parameters), key);

    private async Task<int[]> InferAsync(string model, string parameters, (string, string) key)
    {
        LocalSilo.Answer answer = await AnswerAsync(model, parameters, key);
        Assert.True(answer.Code == HttpStatusCode.OK, answer.Body.ToString());
        return [.. answer.Body.GetProperty("outputs").EnumerateArray().First(output => output.GetProperty("name").GetString() == "task")
            .GetProperty("data").EnumerateArray().Select(task => task.GetInt32())];
    }

    private static async Task StreamInferAsync(
        GRPCInferenceService.GRPCInferenceServiceClient client, ModelInferRequest request, Metadata key)
    {
        using AsyncDuplexStreamingCall<ModelInferRequest, ModelStreamInferResponse> call = client.ModelStreamInfer(key, null, Stop);
        await call.RequestStream.WriteAsync(request, Stop);
        await call.RequestStream.CompleteAsync();
        Assert.True(await call.ResponseStream.MoveNext(Stop));
        if (call.ResponseStream.Current.ErrorMessage is { Length: > 0 } error)
            throw new RpcException(new Status(StatusCode.NotFound, error)); // a stream goes on; what is refused has a line
    }

    private static async Task LearnAsync(Streams.StreamsClient client, string model, int task, Metadata key)
    {
        using AsyncDuplexStreamingCall<LearnRequest, LearnPosition> call = client.Learn(key, null, Stop);
        await WrittenAsync(call.RequestStream.WriteAsync(new LearnRequest { Open = new OpenTask { Model = model, Task = task } }, Stop));
        await call.ResponseStream.MoveNext(Stop);
    }

    private static async Task SubmitAsync(Streams.StreamsClient client, string model, Metadata key)
    {
        using AsyncDuplexStreamingCall<SubmitRequest, SubmitPosition> call = client.Submit(key, null, Stop);
        SubmitRequest open = new() { Open = new OpenStream { Model = model, Stream = "s" } };
        await WrittenAsync(call.RequestStream.WriteAsync(open, Stop));
        await call.ResponseStream.MoveNext(Stop);
    }

    // The call may be over before all was sent; its status is read after that.
    private static async Task WrittenAsync(Task writing)
    {
        try
        {
            await writing;
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
        }
    }

    [GeneratedRegex(@"\{\**\w+(:\w+)?[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("\"traceId\":\"[^\"]*\"")]
    private static partial Regex Trace();

    /// <summary>A silo with a model of the tenant's, in which another has a task too, and one of another tenant's.</summary>
    public sealed class SharedSilo : IAsyncLifetime
    {
        public const int Batches = 20;

        internal KeyFile Keys { get; } = new();

        internal LocalSilo Silo { get; private set; } = null!;

        public string AcmeAdmin { get; private set; } = "";

        public string BaselAdmin { get; private set; } = "";

        public string Nobody { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            AcmeAdmin = Keys.Add("acme-admin", "admin", models: ["acme-*"]);
            BaselAdmin = Keys.Add("basel-admin", "admin", models: ["acme-*"], tasks: ["basel-*"]);
            Nobody = Keys.Add("nobody", "reader", tasks: ["nothing"]);
            Silo = await LocalSilo.StartAsync(settings =>
                (settings.Security.KeysFile, settings.Http.OpenApi, settings.Telemetry.Prometheus) = (Keys.File, true, true));
            (string, string) admin = Header(Keys.Admin);
            foreach (string model in new[] { Own, Foreign })
                Assert.Equal(HttpStatusCode.OK, (await Silo.SendAsync(HttpMethod.Put, $"/v1/models/{model}", Spec, admin)).Code);
            await LearnAsync(Own, OwnTask, "basel-1", admin);
            await LearnAsync(Own, ForeignTask, ForeignName, admin);
            await LearnAsync(Foreign, 0, null, admin);
        }

        public async ValueTask DisposeAsync()
        {
            await Silo.DisposeAsync();
            Keys.Dispose();
        }

        /// <summary>Learns a task of batches: the first four rows' side decides the class, of some tasks the positive ones, of others the
        /// negative.</summary>
        public Task LearnAsync(string model, int task, string? name, (string, string) key) => LearnAsync(Silo, model, task, name, key);

        internal static async Task LearnAsync(LocalSilo silo, string model, int task, string? name, (string, string) key)
        {
            object? names = name is null ? null : new { task = name };
            object order = new { data = (object?)null, recipe = "fast", batches = Batches, names };
            LocalSilo.Answer ordered = await silo.SendAsync(HttpMethod.Put, $"/v1/models/{model}/tasks/{task}/training", order, key);
            Assert.True(ordered.Code == HttpStatusCode.Accepted, ordered.Body.ToString());
            float[][] rows = task == ForeignTask ? Rows[3..] : Rows[..3];
            float[][] inputs = [.. Enumerable.Range(0, 30).Select(n => rows[n % 3].Select(value => value + (0.01f * n)).ToArray())];
            int[] labels = [.. Enumerable.Range(0, 30).Select(n => n % 3)];
            StringContent lines = new(string.Concat(Enumerable.Range(0, Batches).Select(
                number => JsonSerializer.Serialize(new { number, inputs, labels }) + "\n")), Encoding.UTF8);
            lines.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
            LocalSilo.Answer learned = await silo.SendAsync(HttpMethod.Post, $"/v1/models/{model}/tasks/{task}/batches", lines, key);
            Assert.True(learned.Code == HttpStatusCode.OK, learned.Body.ToString());
            Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync($"/v1/models/{model}/tasks/{task}", key)).Code);
        }
    }
}
