using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace SupSup.Silo.Tests.Http;

public sealed class BodyTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_invalid_lines_when_refused_then_the_connection_serves_on()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync();
        await silo.SendAsync(HttpMethod.Put, "/v1/models/m", new { inputs = 2, hidden = new[] { 2 }, outputs = 2, classes = 2, seed = 1 });
        await silo.SendAsync(HttpMethod.Put, "/v1/models/m/tasks/0/training", new { data = (object?)null, batches = 9 });
        int connections = 0;
        using HttpClient client = new(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                Interlocked.Increment(ref connections);
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = silo.Client.BaseAddress };
        foreach ((string line, string culprit) in new[]
        {
            ("{", "line 1"), ("{}", "line 1"), ("null", "line 1"), ("[]", "line 1"), ("\u00ff{}", "line 1"),
            ("""{"number":0,"inputs":[[1,2]],"labels":[0],"x":1}""", "'x'"),
            ("""{"number":0,"inputs":[[1,2],null],"labels":[0,1]}""", "row 1"),
            ("""{"number":0,"inputs":[[1,2],[1]],"labels":[0,1]}""", "row 1"),
            ("""{"number":-1,"inputs":[[1,2]],"labels":[0]}""", "batch -1"), ("""{"number":0,"inputs":[[1,2]],"labels":[7]}""", "label 7"),
        })
        {
            ByteArrayContent content = new(Encoding.UTF8.GetBytes($"{line}\n{line}\n"));
            content.Headers.ContentType = new("application/x-ndjson");
            using HttpResponseMessage response = await client.PostAsync("/v1/models/m/tasks/0/batches", content, Stop);
            JsonElement problem = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync(Stop));
            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{line}: {problem}");
            Assert.Contains(culprit, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(1, connections);
    }

    [Theory]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=utf-7")]
    [InlineData("application/json; charset=\"nonsense\"")]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("")]
    public async Task Given_a_body_of_an_unknown_type_or_encoding_when_sent_then_it_is_refused_with_415(string type)
    {
        await using LocalSilo silo = await LocalSilo.StartAsync();
        foreach ((HttpMethod method, string path) in new[] { (HttpMethod.Post, "/v2/models/m/infer"), (HttpMethod.Put, "/v1/models/m"),
            (HttpMethod.Post, "/v1/models/m/tasks/0/batches"), (HttpMethod.Put, "/v1/models/m/tasks/0/mask") })
        {
            ByteArrayContent content = new("{}"u8.ToArray());
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            LocalSilo.Answer answer = await silo.SendAsync(method, path, content);
            Assert.True(answer.Code == HttpStatusCode.UnsupportedMediaType, $"{path}: {answer.Code} {answer.Body}");
        }
    }
}
