using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Tests.Http;
using SupSup.Silo.Tests.Security;

namespace SupSup.Silo.Tests.Fuzz;

public sealed class FuzzTests : IDisposable
{
    private const string KeyHeader = "X-Api-Key";

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1";
    private static readonly int RestRequests = IsLong ? 12_000 : 1500;
    private static readonly int GrpcRequests = IsLong ? 6000 : 600;
    private static readonly int WireRequests = IsLong ? 2000 : 200;
    private static readonly int CutRequests = IsLong ? 1000 : 100;

    // A request that is answered at all is answered within milliseconds; this is for a machine with much else to do.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Bodies have a few kilobytes, so even all of them kept would not be seen beside what the collector keeps in reserve. A number
    // of a request that is taken for a size would be: those sent reach from 64 Ki, times a row, to beyond what there is.
    private const long MostGrowth = 256 << 20;

    private static readonly int Seed =
        int.TryParse(Environment.GetEnvironmentVariable("SUPSUP_FUZZ_SEED"), CultureInfo.InvariantCulture, out int seed) ? seed : 1;

    // What is answered at once; the rest of the time a server waits for what never comes.
    private static readonly TimeSpan WirePatience = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentBag<string> _failures = [];
    private readonly KeyFile _keys = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _keys.Dispose();

    [Fact]
    public async Task Given_the_routes_that_are_documented_when_looked_up_then_faulty_requests_are_made_for_each()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Http.OpenApi = true);
        JsonElement paths = (await silo.GetAsync("/openapi/v1.json")).Body.GetProperty("paths");
        (string Method, string Path)[] routes =
        [
            .. paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(
                operation => (operation.Name.ToUpperInvariant(), path.Name))),
        ];
        Assert.NotEmpty(routes);
        Assert.Equal("", string.Join('\n', routes.Where(route => !RestRequest.Covers(route.Method, route.Path))));
    }

    [Fact]
    public async Task Given_thousands_of_faulty_requests_when_sent_then_each_is_answered_without_a_server_error_and_the_silo_goes_on()
    {
        await using ApiSilo silo = await ApiSilo.StartAsync(
            ("Compute:StreamGapSeconds", "0.05"), ("Http:OpenApi", "true"), ("Security:KeysFile", _keys.File));
        silo.Http.DefaultRequestHeaders.Add(KeyHeader, _keys.Admin);
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
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task<int> other = OtherCallerAsync(silo, before, over.Token);
        await RunAsync(RestRequests, n => AskAsync(n, RestRequest.Make(new Mutator(HashCode(RestRequests + n))), rest));
        await RunAsync(GrpcRequests, n => AskAsync(n, GrpcRequest.Make(new Mutator(HashCode(GrpcRequests + n))), grpc));
        await RunAsync(
            CutRequests, n => CutAsync(RestRequest.Make(new Mutator(HashCode(n))), new Mutator(HashCode(-n)), silo.Process.HttpPort));
        int grpcPort = new Uri($"http://{silo.Grpc.Target}").Port;
        await RunAsync(WireRequests, n =>
        {
            WireRequest request = WireRequest.Make(new Mutator(HashCode(n)));
            return SendAsync(n, request, request.IsHttp2 ? grpcPort : silo.Process.HttpPort);
        });
        await over.CancelAsync();
        Assert.InRange(await other, 10, int.MaxValue);

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
            AddKey(n, message);
            using HttpResponseMessage response = await client.SendAsync(message, Stop);
            byte[] body = await response.Content.ReadAsByteArrayAsync(Stop);
            bool isBudget = response.StatusCode == HttpStatusCode.ServiceUnavailable && response.Headers.RetryAfter is not null;
            if ((int)response.StatusCode >= 500 && !isBudget) Fail(n, request, $"{response.StatusCode} {Encoding.UTF8.GetString(body)}");
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
            AddKey(n, message);
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

    // An answer that can be read as text has a status; frames of HTTP/2 have theirs compressed, and the log tells what failed in them.
    private async Task SendAsync(int n, WireRequest request, int port)
    {
        using TcpClient client = new();
        byte[] answer = new byte[1024];
        int read = 0;
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, Stop);
            using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            enough.CancelAfter(Patience);
            await client.GetStream().WriteAsync(request.Bytes, enough.Token);
            enough.CancelAfter(WirePatience);
            while (read < answer.Length
                && await client.GetStream().ReadAsync(answer.AsMemory(read), enough.Token) is > 0 and int some) read += some;
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException && !Stop.IsCancellationRequested)
        {
            // It closed the connection, as it may, or waits for more.
        }

        // Versions of HTTP that there are not are answered by 505, as they should.
        string text = Encoding.Latin1.GetString(answer, 0, read);
        if (text.StartsWith("HTTP/1.1 5", StringComparison.Ordinal) && !text.StartsWith("HTTP/1.1 505", StringComparison.Ordinal))
            Fail(n, request, text);
    }

    // One who asks what is right, by REST and by gRPC, whatever others do meanwhile.
    private async Task<int> OtherCallerAsync(ApiSilo silo, string expected, CancellationToken over)
    {
        GRPCInferenceService.GRPCInferenceServiceClient grpc = new(silo.Grpc);
        Metadata key = new() { { KeyHeader, _keys.Reader } };
        int answers = 0;
        while (!over.IsCancellationRequested)
        {
            try
            {
                string answer = await InferAsync(silo);
                if (answer != expected) Fail(answers, "another caller", answer);
                ModelReadyResponse ready = await grpc.ModelReadyAsync(new() { Name = "kept" }, key, cancellationToken: Stop);
                if (!ready.Ready) Fail(answers, "another caller", $"{ready}");
                answers++;
                await Task.Delay(10, CancellationToken.None);
            }
#pragma warning disable CA1031 // Whatever it is, this caller was to be answered.
            catch (Exception e) when (!Stop.IsCancellationRequested)
#pragma warning restore CA1031
            {
                Fail(answers, "another caller", e.ToString());
                return answers;
            }
        }

        return answers;
    }

    // Most may do what they ask for; some have a lesser role, or a key that is expired, or none, or no key at all.
    private void AddKey(int n, HttpRequestMessage message)
    {
        string? key = new Mutator(HashCode(n)).Pick<string?>(
            [.. Enumerable.Repeat(_keys.Admin, 5), _keys.Trainer, _keys.Trainer, _keys.Reader, _keys.Expired, "x", null]);
        if (key is not null && !message.Headers.Contains(KeyHeader)) message.Headers.Add(KeyHeader, key);
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
