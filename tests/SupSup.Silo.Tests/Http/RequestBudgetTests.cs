using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using SupSup.Silo.Http;
using SupSup.Silo.Management.Protocol;
using SupSup.Silo.OpenInference.Protocol;

namespace SupSup.Silo.Tests.Http;

public sealed class RequestBudgetTests
{
    private const int MiB = 1 << 20;
    private const string Spec = """{"inputs":4,"hidden":[4],"outputs":4,"classes":2,"seed":1}""";
    private const string Small = """{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]}""";
    private const string Infer = "/v2/models/m/infer";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_memory_that_is_taken_when_large_requests_come_then_503_says_when_to_come_again_and_small_ones_are_served()
    {
        await using LocalSilo silo = await StartAsync(64);
        using HeldRequest held = await HoldAsync(silo, 2 * MiB);
        Assert.Equal((long)RequestBudget.OrderWeight * 2 * MiB, Held(silo));

        LocalSilo.Answer refused = await silo.SendAsync(HttpMethod.Post, Infer, new string(' ', 4 * MiB));
        refused.ShouldFail(HttpStatusCode.ServiceUnavailable, "Limits:RequestMemoryBytes");
        Assert.Equal("1", refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        using StringContent lines = new(
            $$"""{"number":0,"inputs":[[{{string.Join(',', new int[MiB])}}]],"labels":[0]}""",
            new MediaTypeHeaderValue(NdJson.ContentType));
        (await silo.SendAsync(HttpMethod.Post, "/v1/models/m/tasks/0/batches", lines)).ShouldFail(
            HttpStatusCode.ServiceUnavailable, "Limits:RequestMemoryBytes");

        GRPCInferenceService.GRPCInferenceServiceClient client = new(silo.Grpc);
        ModelInferRequest large = new() { ModelName = "m", RawInputContents = { ByteString.CopyFrom(new byte[4 * MiB]) } };
        RpcException e = await Assert.ThrowsAsync<RpcException>(async () => await client.ModelInferAsync(large, cancellationToken: Stop));
        Assert.Equal(StatusCode.Unavailable, e.StatusCode);
        Assert.Contains("Limits:RequestMemoryBytes", e.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("1000", e.Trailers.GetValue("grpc-retry-pushback-ms"));
        Assert.Equal(1, RetryDelay(e.Trailers.GetValueBytes("grpc-status-details-bin")!).Seconds);

        Assert.Contains("no task", Detail(await silo.SendAsync(HttpMethod.Post, Infer, Small)), StringComparison.Ordinal);
        Assert.True((await client.ModelReadyAsync(new ModelReadyRequest { Name = "m" }, cancellationToken: Stop)).Ready);
        Assert.StartsWith("HTTP/1.1 200", await held.FinishAsync(Stop), StringComparison.Ordinal);
        await GivenBackAsync(silo);
        (await silo.SendAsync(HttpMethod.Post, Infer, new string(' ', 4 * MiB))).ShouldFail(HttpStatusCode.BadRequest, "any JSON");
        large.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "input", Datatype = "UINT8", Shape = { 1, 4 } });
        e = await Assert.ThrowsAsync<RpcException>(async () => await client.ModelInferAsync(large, cancellationToken: Stop));
        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode); // its values would take twelve bytes each
        large.Inputs[0].Datatype = "FP32";
        e = await Assert.ThrowsAsync<RpcException>(async () => await client.ModelInferAsync(large, cancellationToken: Stop));
        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
        await GivenBackAsync(silo);
    }

    [Fact]
    public async Task Given_an_import_whose_header_would_take_more_than_there_is_when_sent_then_it_is_refused_while_it_is_read()
    {
        await using LocalSilo silo = await StartAsync(64);
        byte[] file = Encoding.ASCII.GetBytes(new string(' ', 4 * MiB));
        BitConverter.GetBytes((long)file.Length - sizeof(long)).CopyTo(file, 0);
        using ByteArrayContent body = new(file);
        (await silo.SendAsync(HttpMethod.Post, "/v1/models/other/import", body)).ShouldFail(
            HttpStatusCode.RequestEntityTooLarge, "Limits:RequestMemoryBytes");
        await GivenBackAsync(silo);
    }

    [Fact]
    public async Task Given_requests_that_end_in_any_way_when_they_have_then_all_memory_is_given_back()
    {
        await using LocalSilo silo = await StartAsync(64);
        using (await HoldAsync(silo, MiB)) Assert.NotEqual(0, Held(silo));
        await GivenBackAsync(silo); // the caller is gone
        Assert.Equal(HttpStatusCode.OK, (await silo.SendAsync(HttpMethod.Put, "/v1/models/m", Spec + new string(' ', MiB))).Code);
        (await silo.SendAsync(HttpMethod.Put, "/v1/models/m", "{" + new string(' ', MiB))).ShouldFail(HttpStatusCode.BadRequest);
        (await silo.SendAsync(HttpMethod.Post, Infer, Small[..^1] + new string(' ', MiB))).ShouldFail(HttpStatusCode.BadRequest);
        (await silo.SendAsync(HttpMethod.Post, "/v2/models/none/infer", Small)).ShouldFail(HttpStatusCode.NotFound);
        await silo.SendAsync(HttpMethod.Put, "/v1/models/m/tasks/0/training", new { data = (object?)null, batches = 9 });
        foreach (string line in new[] { """{"number":0,"inputs":[[1,2,3,4]],"labels":[0]}""", "{" })
        {
            using StringContent lines = new($"{line}\n", new MediaTypeHeaderValue(NdJson.ContentType));
            await silo.SendAsync(HttpMethod.Post, "/v1/models/m/tasks/0/batches", lines);
        }

        using (AsyncDuplexStreamingCall<LearnRequest, LearnPosition> call =
            new Streams.StreamsClient(silo.Grpc).Learn(cancellationToken: Stop))
        {
            await call.RequestStream.WriteAsync(
                new LearnRequest { Open = new OpenTask { Model = "m", Task = 1, Batches = 9 } }, Stop);
            Assert.True(await call.ResponseStream.MoveNext(Stop));
            for (int n = 0; n < 3; n++)
            {
                await call.RequestStream.WriteAsync(
                    new LearnRequest { Batch = new Batch { Number = n, Inputs = { 1, 2, 3, 4 }, Labels = { 0 } } }, Stop);
                Assert.True(await call.ResponseStream.MoveNext(Stop));
            }
        }

        await GivenBackAsync(silo);
    }

    // How many are refused meanwhile depends on how fast they are served.
    [Fact]
    public async Task Given_more_large_requests_than_there_is_memory_for_when_refused_ones_come_again_then_each_is_served()
    {
        await using LocalSilo silo = await StartAsync(64);
        string body = Small[..^1].PadRight(6 * MiB) + "}";
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ =>
        {
            LocalSilo.Answer answer;
            while ((answer = await silo.SendAsync(HttpMethod.Post, Infer, body)).Code == HttpStatusCode.ServiceUnavailable
                && answer.Body.GetProperty("detail").GetString()!.Contains("Limits:RequestMemoryBytes", StringComparison.Ordinal))
                await Task.Delay(20, Stop);

            Assert.Contains("no task", Detail(answer), StringComparison.Ordinal);
        }));
        await GivenBackAsync(silo);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    public async Task Given_a_body_of_unknown_length_when_it_grows_beyond_what_one_request_may_take_then_it_is_refused_as_it_is_read(
        string? encoding)
    {
        await using LocalSilo silo = await StartAsync(16);
        byte[] body = Encoding.UTF8.GetBytes(new string(' ', 5 * MiB));
        if (encoding is not null)
        {
            using MemoryStream packed = new();
            using (GZipStream target = new(packed, CompressionLevel.Fastest)) target.Write(body);
            body = packed.ToArray();
        }

        using ByteArrayContent content = new(body);
        content.Headers.ContentType = new("application/json");
        if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
        using HttpRequestMessage request = new(HttpMethod.Post, Infer) { Content = content };
        request.Headers.TransferEncodingChunked = encoding is null;
        using HttpResponseMessage response = await silo.Client.SendAsync(request, Stop);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("Limits:RequestMemoryBytes", await response.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        await GivenBackAsync(silo);
    }

    [Fact]
    public async Task Given_a_message_of_few_bytes_that_stands_for_many_objects_when_it_comes_then_it_is_refused_before_it_is_parsed()
    {
        await using LocalSilo silo = await StartAsync(32);
        GRPCInferenceService.GRPCInferenceServiceClient client = new(silo.Grpc);
        ModelInferRequest request = new() { ModelName = "m" };
        request.Inputs.AddRange(Enumerable.Range(0, 200_000).Select(_ => new ModelInferRequest.Types.InferInputTensor()));
        Assert.InRange(request.CalculateSize(), 1, MiB);
        foreach (string? encoding in new[] { null, "gzip" })
        {
            Metadata headers = encoding is null ? [] : new() { { "grpc-internal-encoding-request", encoding } };
            RpcException e = await Assert.ThrowsAsync<RpcException>(
                async () => await client.ModelInferAsync(request, headers, cancellationToken: Stop));
            Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
            Assert.Contains("Limits:RequestMemoryBytes", e.Status.Detail, StringComparison.Ordinal);
        }

        await GivenBackAsync(silo);
    }

    [Fact]
    public void Given_no_memory_left_when_a_request_fails_by_it_then_it_is_told_to_come_again()
    {
#pragma warning disable CA2201 // What the runtime throws is thrown in its place.
        foreach (Exception e in new Exception[]
        {
            new OutOfMemoryException(), new InsufficientMemoryException(), new IOException("", new OutOfMemoryException()),
            new TypeInitializationException("T", new OutOfMemoryException()), new AggregateException(new OutOfMemoryException()),
        })
#pragma warning restore CA2201
        {
            (int status, string detail, bool isPassing) = Problems.Of(e);
            Assert.Equal((503, true), (status, isPassing));
            Assert.Contains("memory", detail, StringComparison.Ordinal);
            Assert.Equal(StatusCode.Unavailable, Problems.GrpcStatus(status, isPassing));
        }
    }

    private static async Task<LocalSilo> StartAsync(int mebibytes)
    {
        LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Limits.RequestMemoryBytes = (long)mebibytes * MiB);
        await silo.SendAsync(HttpMethod.Put, "/v1/models/m", Spec);
        return silo;
    }

    private static Task<HeldRequest> HoldAsync(LocalSilo silo, int bytes) =>
        HeldRequest.StartAsync(silo.Settings.Http.Port, "PUT", "/v1/models/m", Spec.PadRight(bytes), Stop);

    private static long Held(LocalSilo silo) => silo.Services.GetRequiredService<ByteBudget>().Held;

    private static async Task GivenBackAsync(LocalSilo silo)
    {
        while (Held(silo) != 0) await Task.Delay(10, Stop);
    }

    private static string Detail(LocalSilo.Answer answer) => answer.Body.GetProperty("detail").GetString()!;

    // google.rpc.Status with google.rpc.RetryInfo, by the numbers of their fields.
    private static Duration RetryDelay(byte[] status)
    {
        CodedInputStream input = new(status);
        Assert.Equal((uint)StatusCode.Unavailable, (uint)(Field(input, 1) is 1 ? input.ReadInt32() : -1));
        Assert.Equal(2, Field(input, 2));
        input.ReadString();
        Assert.Equal(3, Field(input, 3));
        Any detail = new();
        input.ReadMessage(detail);
        Assert.Equal("type.googleapis.com/google.rpc.RetryInfo", detail.TypeUrl);
        CodedInputStream info = detail.Value.CreateCodedInput();
        Assert.Equal(1, Field(info, 1));
        Duration delay = new();
        info.ReadMessage(delay);
        return delay;

        static int Field(CodedInputStream from, int expected) => WireFormat.GetTagFieldNumber(from.ReadTag()) == expected ? expected : -1;
    }
}
