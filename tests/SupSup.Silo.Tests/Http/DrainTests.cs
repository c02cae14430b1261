using System.Net;
using System.Text.Json;
using Grpc.Core;
using SupSup.Silo.Management.Protocol;

namespace SupSup.Silo.Tests.Http;

public sealed class DrainTests
{
    private const string Spec = """{"inputs":784,"hidden":[20],"outputs":20,"classes":10,"seed":1}""";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_requests_streams_and_a_watch_when_told_to_stop_then_requests_end_streams_are_told_and_new_ones_refused()
    {
        await using ApiSilo silo = await ApiSilo.StartAsync();
        await silo.PutAsync("/v1/models/m", Spec);
        Assert.Equal(HttpStatusCode.Accepted, (await silo.PutAsync(
            "/v1/models/m/tasks/0/training", new { data = new { dataset = "mnist", seed = 1, index = 0 }, batches = 100_000 })).Code);
        using HttpResponseMessage watch = await silo.Http.GetAsync(
            "/v1/models/m/tasks/0/training/progress", HttpCompletionOption.ResponseHeadersRead, Stop);
        using StreamReader lines = new(await watch.Content.ReadAsStreamAsync(Stop));
        Assert.NotNull(await lines.ReadLineAsync(Stop));
        using AsyncDuplexStreamingCall<LearnRequest, LearnPosition> call =
            new Streams.StreamsClient(silo.Grpc).Learn(cancellationToken: Stop);
        await call.RequestStream.WriteAsync(new LearnRequest { Open = new OpenTask { Model = "m", Task = 1 } }, Stop);
        Assert.True(await call.ResponseStream.MoveNext(Stop));
        using HeldRequest create = await HeldRequest.StartAsync(silo.Process.HttpPort, "PUT", "/v1/models/late", Spec, Stop);
        using HeldRequest evaluate = await HeldRequest.StartAsync(silo.Process.HttpPort, "POST", "/v2/models/late/infer",
            """{"inputs":[{"name":"input","shape":[1,784],"datatype":"FP32","data":[1]}]}""", Stop);

        Task<int?> ending = silo.Process.StopAsync();
        (HttpStatusCode Code, JsonElement Body) refused;
        while ((refused = await silo.GetAsync("/v1/cluster")).Code == HttpStatusCode.OK)
        {
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Code);
        Assert.Contains("being stopped", refused.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Stop));
        Assert.Equal((StatusCode.Unavailable, "the silo is being stopped; ask again"), (e.StatusCode, e.Status.Detail));
        JsonElement last = ApiSilo.Lines(await lines.ReadToEndAsync(Stop))[^1];
        Assert.Equal(
            (503, "the silo is being stopped; ask again"), (last.GetProperty("status").GetInt32(), last.GetProperty("error").GetString()));

        Assert.StartsWith("HTTP/1.1 200", await create.FinishAsync(Stop), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400", await evaluate.FinishAsync(Stop), StringComparison.Ordinal);
        Assert.Equal(0, await ending);
        Assert.DoesNotContain("fail:", silo.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("crit:", silo.Log, StringComparison.Ordinal);

        await silo.Process.StartAsync(Stop);
        Assert.Equal(["late", "m"], (await silo.GetAsync("/v1/models")).Body.GetProperty("models").EnumerateArray()
            .Select(model => model.GetProperty("name").GetString()));
    }
}
