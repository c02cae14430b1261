using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.Fuzz;

public sealed class FuzzTests
{
    private const int RestRequests = 4500;
    private const int GrpcRequests = 1800;
    private const int CutRequests = 100;

    // A request that is answered at all is answered within milliseconds; this is for a machine with much else to do.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Bodies have a few kilobytes, so even all of them kept would not be seen beside what the collector keeps in reserve. A number
    // of a request that is taken for a size would be: those sent reach from 64 Ki, times a row, to beyond what there is.
    private const long MostGrowth = 256 << 20;

    private static readonly int Seed =
        int.TryParse(Environment.GetEnvironmentVariable("SUPSUP_FUZZ_SEED"), CultureInfo.InvariantCulture, out int seed) ? seed : 1;

    private readonly ConcurrentBag<string> _failures = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_thousands_of_faulty_requests_when_sent_then_each_is_answered_without_a_server_error_and_the_silo_goes_on()
    {
        await using ApiSilo silo = await ApiSilo.StartAsync(("Compute:StreamGapSeconds", "0.05"), ("Http:OpenApi", "true"));
        foreach (string model in new[] { RestRequest.Model, "kept" }) await LearnAsync(silo, model);
        string before = await InferAsync(silo);
        using HttpClient grpc = new() { BaseAddress = new Uri($"http://{silo.Grpc.Target}"), Timeout = Patience };
        using HttpClient rest = new(new SocketsHttpHandler { MaxConnectionsPerServer = 8, AllowAutoRedirect = false })
        {
            BaseAddress = silo.Http.BaseAddress,
            Timeout = Patience,
        };

        await RunAsync(RestRequests / 5, n => AskAsync(n, RestRequest.Make(new Mutator(HashCode(n))), rest));
        await RunAsync(GrpcRequests / 5, n => AskAsync(n, GrpcRequest.Make(new Mutator(HashCode(n))), grpc));
        long memory = silo.Process.MemoryBytes;
        await RunAsync(RestRequests, n => AskAsync(n, RestRequest.Make(new Mutator(HashCode(RestRequests + n))), rest));
        await RunAsync(GrpcRequests, n => AskAsync(n, GrpcRequest.Make(new Mutator(HashCode(GrpcRequests + n))), grpc));
        await RunAsync(
            CutRequests, n => CutAsync(RestRequest.Make(new Mutator(HashCode(n))), new Mutator(HashCode(-n)), silo.Process.HttpPort));

        Assert.True(_failures.IsEmpty, $"{_failures.Count} of seed {Seed}:\n{string.Join("\n\n", _failures.Take(20))}");
        Assert.Equal(before, await InferAsync(silo));
        Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/health/live")).Code);

        // That a training which was begun has failed is told there, whosever fault it is.
        string[] errors = [.. silo.Log.Split('\n').Where(line => line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith(
            "crit:", StringComparison.Ordinal)).Where(line => !line.Contains("SupSup.Grains.Tasks.TaskGrain", StringComparison.Ordinal))];
        Assert.True(errors.Length == 0, string.Join('\n', errors.Take(10)));
        Assert.True(silo.Process.MemoryBytes - memory < MostGrowth, $"from {memory >> 20} to {silo.Process.MemoryBytes >> 20} MiB");
    }

    private static int HashCode(int n) => unchecked((Seed * 1_000_003) + n);

    private static Task RunAsync(int count, Func<int, Task> send) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Stop },
            async (n, _) => await send(n));

    private async Task AskAsync(int n, RestRequest request, HttpClient client)
    {
        try
        {
            using HttpRequestMessage message = request.ToMessage(client.BaseAddress!);
            using HttpResponseMessage response = await client.SendAsync(message, Stop);
            byte[] body = await response.Content.ReadAsByteArrayAsync(Stop);
            bool isDamage = response.StatusCode == HttpStatusCode.ServiceUnavailable
                && request.Path.Contains("/mask", StringComparison.Ordinal) && response.Headers.RetryAfter is null;
            if ((int)response.StatusCode >= 500 && !isDamage) Fail(n, request, $"{response.StatusCode} {Encoding.UTF8.GetString(body)}");
            if (response.Content.Headers.ContentType?.MediaType == "application/problem+json" && request.Method != "HEAD")
            {
                string detail = JsonSerializer.Deserialize<JsonElement>(body).GetProperty("detail").GetString()!;
                if (detail.Length == 0 || detail.Contains('\n', StringComparison.Ordinal))
                    Fail(n, request, $"its detail is not one line: {detail}");
            }
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException && !Stop.IsCancellationRequested)
        {
            Fail(n, request, e.ToString());
        }
    }

    private async Task AskAsync(int n, GrpcRequest request, HttpClient client)
    {
        try
        {
            using HttpRequestMessage message = request.ToMessage(client.BaseAddress!);
            using HttpResponseMessage response = await client.SendAsync(message, Stop);
            await response.Content.ReadAsByteArrayAsync(Stop);
            string? text =
                response.TrailingHeaders.Concat(response.Headers).FirstOrDefault(header => header.Key == "grpc-status").Value?.First();
            StatusCode? code = text is null ? null : (StatusCode)int.Parse(text, CultureInfo.InvariantCulture);

            // What is not even a frame is said to be an internal error by gRPC itself.
            bool isRefused = code is StatusCode.Unknown or StatusCode.Unavailable or StatusCode.DataLoss or StatusCode.DeadlineExceeded
                or null || (code is StatusCode.Internal && request.IsFramed);
            IEnumerable<string> messages = response.TrailingHeaders.Concat(response.Headers)
                .Where(header => header.Key == "grpc-message").SelectMany(header => header.Value);
            if ((int)response.StatusCode >= 400 || isRefused)
                Fail(n, request, $"{response.StatusCode} {code} {string.Join(' ', messages)}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !Stop.IsCancellationRequested)
        {
            Fail(n, request, e.ToString());
        }
    }

    // A caller that goes away in the middle, or says something that is no HTTP; whatever is answered is not waited for.
    private static async Task CutAsync(RestRequest request, Mutator mutator, int port)
    {
        byte[] body = request.Body ?? [];
        byte[] all =
            [.. Encoding.Latin1.GetBytes($"{request.Method} {request.Path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                + $"{request.Type}\r\nContent-Length: {body.Length + 50}\r\n\r\n"), .. body];
        if (mutator.OnceIn(2)) all = mutator.Raw(all);
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, port, Stop);
        await client.GetStream().WriteAsync(all.AsMemory(0, mutator.Random.Next(all.Length + 1)), Stop);
    }

    private void Fail(int n, object request, string what) =>
        _failures.Add($"[{n}] {request}\n=> {(what.Length > 600 ? what[..600] : what)}");

    private static async Task LearnAsync(ApiSilo silo, string model)
    {
        (HttpStatusCode code, JsonElement body) = await silo.PutAsync(
            $"/v1/models/{model}", new { inputs = 4, hidden = new[] { 8 }, outputs = 6, classes = 3, seed = 1 });
        Assert.True(code == HttpStatusCode.OK, body.ToString());
        for (int task = 0; task < 3; task++)
        {
            await silo.PutAsync($"/v1/models/{model}/tasks/{task}/training", new { data = (object?)null, batches = 4 });
            JsonElement position = default;
            for (int number = 0; number < 4; number++)
                position = Assert.Single(await silo.StreamAsync($"/v1/models/{model}/tasks/{task}/batches",
                    [new { number, inputs = new[] { new[] { 1f, 0, -1, task }, [0, task, 1, number] }, labels = new[] { 0, 2 } }]));
            Assert.Equal(task, position.GetProperty("summary").GetProperty("task").GetInt32());
        }
    }

    private static async Task<string> InferAsync(ApiSilo silo)
    {
        (HttpStatusCode code, JsonElement body) = await silo.PostAsync(
            "/v2/models/kept/infer", """{"inputs":[{"name":"input","shape":[2,4],"datatype":"FP32","data":[1,0,-1,1,0,2,1,3]}]}""");
        Assert.True(code == HttpStatusCode.OK, body.ToString());
        return body.GetRawText();
    }
}
