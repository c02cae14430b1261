using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using SupSup.Silo.Http;
using SupSup.Silo.Management.Protocol;
using SupSup.Silo.Security;
using SupSup.Silo.Tests.Security;

namespace SupSup.Silo.Tests.Http;

public sealed class StreamLimitTests
{
    private const string Batches = "/v1/models/m/tasks/0/batches";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_stream_on_which_nothing_comes_when_its_time_is_up_then_it_is_ended_and_says_why()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Limits.StreamIdleSeconds = 0.3);
        await PrepareAsync(silo);
        using HeldStream held = new(silo, null);

        // A busy machine may not answer the batch within the limit: then the end is all that comes.
        JsonElement last = await held.LineAsync();
        if (last.TryGetProperty("trained", out _)) last = await held.LineAsync();
        Assert.Equal(408, last.GetProperty("status").GetInt32());
        Assert.Contains("Limits:StreamIdleSeconds", last.GetRawText(), StringComparison.Ordinal);

        RpcException e = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            using AsyncDuplexStreamingCall<LearnRequest, LearnPosition> call = await LearnAsync(silo, []);
            await call.ResponseStream.MoveNext(Stop);
        });
        Assert.Equal(StatusCode.DeadlineExceeded, e.StatusCode);
        Assert.Contains("Limits:StreamIdleSeconds", e.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_key_that_ends_when_a_stream_is_open_with_it_then_the_stream_ends_too()
    {
        using KeyFile keys = new();
        (string secret, ApiKey kept) = ApiKey.Create("passing", Roles.Trainer, expires: null);
        ApiKeyFile file = ApiKeyFile.Parse(await File.ReadAllBytesAsync(keys.File, Stop));
        await File.WriteAllBytesAsync(keys.File, (file with { Keys = [.. file.Keys, kept] }).ToBytes(), Stop);
        await using LocalSilo silo = await LocalSilo.StartAsync(settings =>
            (settings.Security.KeysFile, settings.Limits.StreamCheckSeconds) = (keys.File, 0.1));
        await PrepareAsync(silo, ("X-Api-Key", keys.Trainer));
        using HeldStream held = new(silo, secret), other = new(silo, keys.Trainer);
        using AsyncDuplexStreamingCall<LearnRequest, LearnPosition> call = await LearnAsync(silo, new() { { "x-api-key", secret } });
        await held.OpenedAsync();
        await File.WriteAllBytesAsync(keys.File, file.ToBytes(), Stop); // which is looked at every five seconds
        JsonElement last = await held.LineAsync();
        Assert.Equal(401, last.GetProperty("status").GetInt32());
        RpcException e = await Assert.ThrowsAsync<RpcException>(async () => await call.ResponseStream.MoveNext(Stop));
        Assert.Equal(StatusCode.Unauthenticated, e.StatusCode);
        await other.OpenedAsync();
        await other.SendAsync();
        Assert.Equal(1, (await other.LineAsync()).GetProperty("trained").GetInt32());
    }

    [Fact]
    public async Task Given_as_many_streams_as_may_be_when_another_is_opened_then_it_is_refused_and_other_requests_are_served()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync(settings =>
            (settings.Http.MaxConcurrentRequests, settings.Limits.StreamShare) = (4, 0.5));
        await PrepareAsync(silo);
        using (HeldStream first = new(silo, null), second = new(silo, null))
        {
            await first.OpenedAsync();
            await second.OpenedAsync();
            using StringContent line = new("", new MediaTypeHeaderValue(NdJson.ContentType));
            (await silo.SendAsync(HttpMethod.Post, Batches, line)).ShouldFail(HttpStatusCode.ServiceUnavailable, "Limits:StreamShare");
            RpcException e = await Assert.ThrowsAsync<RpcException>(() => LearnAsync(silo, []));
            Assert.Equal(StatusCode.Unavailable, e.StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/v1/models")).Code);
        }

        HttpStatusCode code;
        do
        {
            using StringContent line = new("\n", new MediaTypeHeaderValue(NdJson.ContentType));
            code = (await silo.SendAsync(HttpMethod.Post, Batches, line)).Code;
        }
        while (code == HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, code);
    }

    private static async Task PrepareAsync(LocalSilo silo, params (string, string)[] headers)
    {
        await silo.SendAsync(
            HttpMethod.Put, "/v1/models/m", new { inputs = 2, hidden = new[] { 2 }, outputs = 2, classes = 2, seed = 1 }, headers);
        LocalSilo.Answer ordered = await silo.SendAsync(
            HttpMethod.Put, "/v1/models/m/tasks/0/training", new { data = (object?)null, batches = 9 }, headers);
        Assert.Equal(HttpStatusCode.Accepted, ordered.Code);
    }

    private static async Task<AsyncDuplexStreamingCall<LearnRequest, LearnPosition>> LearnAsync(LocalSilo silo, Metadata headers)
    {
        AsyncDuplexStreamingCall<LearnRequest, LearnPosition> call =
            new Streams.StreamsClient(silo.Grpc).Learn(headers, cancellationToken: Stop);
        try
        {
            await call.RequestStream.WriteAsync(new LearnRequest { Open = new OpenTask { Model = "m", Task = 1, Batches = 9 } }, Stop);
        }
        catch (RpcException)
        {
            // Refused before all of it was sent: the answer says why.
        }

        Assert.True(await call.ResponseStream.MoveNext(Stop));
        return call;
    }

    // A request of lines that sent one batch, has its answer, and stays open. HttpClient would send all before it reads.
    private sealed class HeldStream : IDisposable
    {
        private const string Line = """{"number":0,"inputs":[[1,2]],"labels":[0]}""" + "\n";

        private readonly TcpClient _client = new();
        private readonly StreamReader _answer;

        public HeldStream(LocalSilo silo, string? key)
        {
            _client.Connect(IPAddress.Loopback, silo.Settings.Http.Port);
            string head = $"POST {Batches} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {NdJson.ContentType}\r\n"
                + $"Transfer-Encoding: chunked\r\n{(key is null ? "" : $"X-Api-Key: {key}\r\n")}\r\n{Line.Length:x}\r\n{Line}\r\n";
            _client.GetStream().Write(Encoding.ASCII.GetBytes(head));
            _answer = new StreamReader(_client.GetStream());
        }

        /// <summary>Waits for the answer to its batch.</summary>
        public async Task OpenedAsync() => Assert.Equal(1, (await LineAsync()).GetProperty("trained").GetInt32());

        public async Task<JsonElement> LineAsync()
        {
            while (true)
            {
                string line = await _answer.ReadLineAsync(Stop) ?? throw new EndOfStreamException();
                if (line.StartsWith('{')) return JsonSerializer.Deserialize<JsonElement>(line);
            }
        }

        /// <summary>Sends the batch again, which is harmless.</summary>
        public async Task SendAsync() =>
            await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{Line.Length:x}\r\n{Line}\r\n"), Stop);

        public void Dispose() => _client.Dispose();
    }
}
