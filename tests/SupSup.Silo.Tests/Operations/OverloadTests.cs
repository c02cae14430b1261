using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using SupSup.Silo.Tests.Http;
using SupSup.Silo.Tests.Security;

namespace SupSup.Silo.Tests.Operations;

/// <summary>One caller sends the largest bodies over 200 connections for a minute to a silo with a heap of 1 GiB, while another asks small
/// questions. What it measures is in docs/loadtest.md.</summary>
public sealed class OverloadTests
{
    private const int Connections = 200;
    private const int LargestBytes = 32 << 20;
    private const int Rows = 4096;
    private const int Inputs = 784;
    private const string Heap = "DOTNET_GCHeapHardLimit";
    private const string Infer = $"/v2/models/{ApiSilo.Model}/infer";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_heap_of_1_GiB_when_the_largest_bodies_come_for_a_minute_then_nothing_fails_and_another_caller_is_served()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        using KeyFile keys = new();
        Environment.SetEnvironmentVariable(Heap, "0x40000000");
        await using ApiSilo silo = await ApiSilo.StartAsync(("Security:KeysFile", keys.File));
        Environment.SetEnvironmentVariable(Heap, null);
        silo.Http.DefaultRequestHeaders.Add("X-Api-Key", keys.Trainer);
        await silo.LearnAsync();
        using HttpClient large = Client(silo, keys.Reader);

        Asked before = await AskAsync(silo.Http.BaseAddress!, keys.Trainer, TimeSpan.FromSeconds(10));
        long memory = silo.Process.MemoryBytes;
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        ConcurrentDictionary<string, int> answers = new();
        byte[] full = Encoding.ASCII.GetBytes(
            $$"""{"inputs":[{"name":"input","datatype":"FP32","shape":[{{Rows}},{{Inputs}}],"data":[0.123456"""
                + new StringBuilder().Insert(0, ",0.123456", (Rows * Inputs) - 1) + "]}]}");
        byte[] dense = Encoding.ASCII.GetBytes(
            """{"inputs":[{"name":"input","datatype":"FP32","data":[0""" + new StringBuilder().Insert(0, ",0", (LargestBytes / 2) - 100)
                + """],"shape":[1,784]}]}""");
        Task[] senders = [.. Enumerable.Range(0, Connections).Select(
            n => SendAsync(large, n % 2 == 0 ? full : dense, n, answers, ending.Token))];
        Task<long> peak = PeakAsync(silo, ending.Token);
        Asked during = await AskAsync(silo.Http.BaseAddress!, keys.Trainer, Minute);
        await ending.CancelAsync();
        await Task.WhenAll(senders);
        await Task.Delay(Minute, Stop);
        long after = silo.Process.MemoryBytes;
        Asked later = await AskAsync(silo.Http.BaseAddress!, keys.Trainer, TimeSpan.FromSeconds(10));

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"large: {string.Join(", ", answers.OrderBy(one => one.Key).Select(one => $"{one.Key} {one.Value}"))}\n"
                + $"small before: {before}\nsmall during: {during}\nsmall after: {later}\n"
                + $"memory MiB before {memory >> 20}, at most {await peak >> 20}, a minute later {after >> 20}");
        Assert.All(answers.Keys, outcome => Assert.Contains(outcome, new[] { "200", "400", "413", "429", "503", "closed" }));
        Assert.Contains("503", answers.Keys);
        Assert.Equal((0, 0, 0), (before.Failures, during.Failures, later.Failures));
        Assert.InRange(after, 0, 1.1 * memory);
    }

    private static HttpClient Client(ApiSilo silo, string key)
    {
        HttpClient client = new(new SocketsHttpHandler { MaxConnectionsPerServer = Connections, Expect100ContinueTimeout = Minute })
        {
            BaseAddress = silo.Http.BaseAddress,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.Add("X-Api-Key", key);
        return client;
    }

    // As fast as it can, as one who does not heed Retry-After.
    private static async Task SendAsync(
        HttpClient client, byte[] body, int sender, ConcurrentDictionary<string, int> answers, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            string outcome;
            try
            {
                using HttpRequestMessage request = new(HttpMethod.Post, Infer) { Content = new ByteArrayContent(body) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                request.Headers.TransferEncodingChunked = sender % 4 == 3;

                // As curl does; but for some, which send all before they read, and may find their connection closed before that.
                request.Headers.ExpectContinue = sender % 8 < 6;
                using HttpResponseMessage response = await client.SendAsync(request, cancellationToken);
                outcome = $"{(int)response.StatusCode}";
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (HttpRequestException)
            {
                outcome = "closed"; // refused before it had sent all
            }

            answers.AddOrUpdate(outcome, 1, (_, count) => count + 1);
        }
    }

    // On a thread and a connection of its own: the senders fill this process's thread pool, and the silo is what is measured.
    private static Task<Asked> AskAsync(Uri silo, string key, TimeSpan time) => Task.Factory.StartNew(
        () =>
        {
            List<double> milliseconds = [];
            int failures = 0;
            byte[] body = Encoding.ASCII.GetBytes(
                $$"""{"inputs":[{"name":"input","datatype":"FP32","shape":[1,{{Inputs}}],"data":[0"""
                    + new StringBuilder().Insert(0, ",0", Inputs - 1) + "]}]}");
            byte[] head = Encoding.ASCII.GetBytes(
                $"POST {Infer} HTTP/1.1\r\nHost: {silo.Authority}\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\n"
                    + $"Content-Length: {body.Length}\r\n\r\n");
            byte[] request = [.. head, .. body]; // in one piece, or the second would wait for the first's acknowledgement
            using TcpClient client = new(silo.Host, silo.Port);
            using NetworkStream stream = client.GetStream();
            byte[] answer = new byte[16384];
            for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time; Thread.Sleep(50))
            {
                long asked = Stopwatch.GetTimestamp();
                stream.Write(request);
                string text = ReadAnswer(stream, answer);
                milliseconds.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                if (!text.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)) failures++;
            }

            milliseconds.Sort();
            return new Asked(
                milliseconds.Count, failures, milliseconds[milliseconds.Count / 2], milliseconds[milliseconds.Count * 99 / 100]);
        },
        Stop,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    // Answers to infer are chunked or have a length; both fit.
    private static string ReadAnswer(NetworkStream stream, byte[] answer)
    {
        int read = 0;
        while (true)
        {
            int more = stream.Read(answer, read, answer.Length - read);
            Assert.True(more > 0, "the connection of the other caller was closed");
            read += more;
            string text = Encoding.ASCII.GetString(answer, 0, read);
            int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0) continue;
            if (text.Contains("Transfer-Encoding: chunked", StringComparison.Ordinal))
            {
                if (text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal)) return text;
                continue;
            }

            string length = text.Split("Content-Length: ")[1].Split('\r')[0];
            if (read - end - 4 >= int.Parse(length, CultureInfo.InvariantCulture)) return text;
        }
    }

    private static async Task<long> PeakAsync(ApiSilo silo, CancellationToken cancellationToken)
    {
        long peak = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            peak = Math.Max(peak, silo.Process.MemoryBytes);
            await Task.Delay(200, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return peak;
    }

    private sealed record Asked(int Queries, int Failures, double P50, double P99)
    {
        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{Queries} queries, {Failures} failed, p50 {P50:F1} ms, p99 {P99:F1} ms");
    }
}
