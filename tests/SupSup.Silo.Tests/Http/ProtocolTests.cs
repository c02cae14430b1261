using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SupSup.Silo.Tests.Http;

public sealed class ProtocolTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_head_when_asked_of_what_get_answers_then_the_head_is_the_same_and_there_is_no_body()
    {
        await using LocalSilo silo = await StartAsync();
        foreach (string path in new[]
        {
            "/", "/v1/models", "/v1/models/m", "/v1/models/none", "/v2", "/v2/health/ready", "/health/ready", "/nothing",
        })
        {
            using HttpResponseMessage got = await silo.Client.GetAsync(path, Stop);
            string head = await SentAsync(silo, $"HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            Assert.StartsWith($"HTTP/1.1 {(int)got.StatusCode} ", head, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\n", head, StringComparison.Ordinal);
            Assert.Contains($"Content-Type: {got.Content.Headers.ContentType}\r\n", head, StringComparison.Ordinal);
        }

        // What has no end of its own is not waited for.
        await silo.SendAsync(HttpMethod.Put, "/v1/models/m/tasks/0/training", new { data = (object?)null, batches = 9 });
        string stream = await SentAsync(
            silo, "HEAD /v1/models/m/tasks/0/training/progress HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", stream, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_options_when_asked_then_the_methods_of_the_path_are_told_and_nothing_is_done()
    {
        await using LocalSilo silo = await StartAsync();
        foreach ((string path, string allowed) in new[]
        {
            ("/", "GET, HEAD, OPTIONS"), ("/health/live", "GET, HEAD, OPTIONS"), ("/v1/models", "GET, HEAD, OPTIONS"),
            ("/v1/models/m", "DELETE, GET, HEAD, OPTIONS, PUT"), ("/v2/models/m/infer", "OPTIONS, POST"),
        })
        {
            using HttpRequestMessage request = new(HttpMethod.Options, path);
            using HttpResponseMessage response = await silo.Client.SendAsync(request, Stop);
            Assert.Equal((path, HttpStatusCode.NoContent), (path, response.StatusCode));
            Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow.Order(StringComparer.Ordinal)));
        }

        using HttpResponseMessage refused = await silo.Client.DeleteAsync("/v1/models", Stop);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
        Assert.Equal(["GET", "HEAD", "OPTIONS"], refused.Content.Headers.Allow.Order(StringComparer.Ordinal));
        string all = await SentAsync(silo, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 204 ", all, StringComparison.Ordinal);
        Assert.Contains("Allow: GET, PUT, POST, DELETE, HEAD, OPTIONS\r\n", all, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await silo.SendAsync(HttpMethod.Options, "/nothing")).Code);
    }

    [Fact]
    public async Task Given_a_chunk_that_says_an_impossible_length_when_it_is_read_then_400()
    {
        await using LocalSilo silo = await StartAsync();
        foreach (string length in new[] { "FFFFFFFFF", "80000000", "FFFFFFFFFFFFFFFFF", "-1", "x" })
        {
            foreach (string path in new[] { "PUT /v1/models/m", "POST /v2/models/m/infer" })
            {
                string answer = await SentAsync(
                    silo,
                    $"{path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: "
                        + $"close\r\n\r\n{length}\r\n{{}}\r\n");
                Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Given_any_path_when_answered_then_the_answer_has_the_headers_that_keep_browsers_safe()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Http.OpenApi = true);
        foreach (string path in new[]
        {
            "/", "/main.js", "/v1/models", "/v1/models/none", "/v2", "/health/ready", "/nothing", "/orleans", "/openapi/index.html",
            "/openapi/v1.json",
        })
        {
            using HttpResponseMessage response = await silo.Client.GetAsync(path, Stop);
            string Header(string name) => $"{path} {string.Join(',', response.Headers.GetValues(name))}";
            Assert.Equal($"{path} nosniff", Header("X-Content-Type-Options"));
            Assert.Equal($"{path} DENY", Header("X-Frame-Options"));
            Assert.Equal($"{path} no-referrer", Header("Referrer-Policy"));
            Assert.Equal($"{path} same-origin", Header("Cross-Origin-Opener-Policy"));
            Assert.Equal($"{path} same-origin", Header("Cross-Origin-Resource-Policy"));
            Assert.Contains("frame-ancestors 'none'", Header("Content-Security-Policy"), StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-eval", Header("Content-Security-Policy"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Given_a_head_that_never_ends_when_it_takes_too_long_then_the_connection_is_closed_and_others_are_served()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Limits.HeadSeconds = 1);
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, silo.Settings.Http.GrpcPort, Stop);
        NetworkStream stream = client.GetStream();

        // The preface, empty settings, and headers of stream 1 that are not at their end; then continuations of nothing.
        byte[] start =
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0,
            0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82,
        ];
        byte[] nothing = [0, 0, 0, 9, 0, 0, 0, 0, 1];
        byte[] many = [.. Enumerable.Repeat(nothing, 1000).SelectMany(frame => frame)];
        await stream.WriteAsync(start, Stop);
        Task flood = Task.Run(
            async () =>
            {
                while (true) await stream.WriteAsync(many, Stop);
            },
            Stop);
        Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/v1/models")).Code);
        await Assert.ThrowsAsync<IOException>(() => flood);
        Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/v1/models")).Code);
    }

    [Fact]
    public async Task Given_an_address_with_as_many_connections_as_it_may_have_when_it_opens_another_then_that_one_is_closed()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Limits.ConnectionsPerAddress = 2);
        using (TcpClient first = await ConnectAsync(silo), second = await ConnectAsync(silo))
        {
            using TcpClient third = new();
            Assert.False(await IsServedAsync(third, silo));
            Assert.True(await IsServedAsync(first, null));
        }

        while (true)
        {
            using TcpClient again = new();
            if (await IsServedAsync(again, silo)) return;
        }
    }

    private static async Task<LocalSilo> StartAsync()
    {
        LocalSilo silo = await LocalSilo.StartAsync();
        LocalSilo.Answer created = await silo.SendAsync(
            HttpMethod.Put, "/v1/models/m", new { inputs = 2, hidden = new[] { 2 }, outputs = 2, classes = 2, seed = 1 });
        Assert.Equal(HttpStatusCode.OK, created.Code);
        return silo;
    }

    private static async Task<TcpClient> ConnectAsync(LocalSilo silo)
    {
        TcpClient client = new();
        Assert.True(await IsServedAsync(client, silo));
        return client;
    }

    private static async Task<bool> IsServedAsync(TcpClient client, LocalSilo? silo)
    {
        try
        {
            if (silo is not null) await client.ConnectAsync(IPAddress.Loopback, silo.Settings.Http.Port, Stop);
            await client.GetStream().WriteAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Stop);
            return await client.GetStream().ReadAsync(new byte[4096], Stop) > 0;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
    }

    private static async Task<string> SentAsync(LocalSilo silo, string request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, silo.Settings.Http.Port, Stop);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), Stop);
        using StreamReader reader = new(client.GetStream());
        return await reader.ReadToEndAsync(Stop);
    }
}
