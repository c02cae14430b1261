using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using SupSup.Cli.Hosting;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Settings;

namespace SupSup.Cli.Serving;

/// <summary>
/// The service that a command talks to, over REST: a silo that is named, the one that serves the store of this machine, or one in this
/// process. There is one way to it, so that a command does the same wherever it runs.
/// </summary>
internal sealed class Service : IAsyncDisposable
{
    /// <summary>The environment variable that holds the key.</summary>
    public const string KeyVariable = "SUPSUP_KEY";

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private const int OwnRows = 1_000_000;
    private const int OwnBytes = 1 << 30;

    private readonly HttpClient _http;
    private readonly EmbeddedSilo? _silo;

    private Service(Uri address, string? key, EmbeddedSilo? silo)
    {
        _silo = silo;
        Address = address;
        _http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = ConnectTimeout })
        {
            BaseAddress = new Uri($"{address.AbsoluteUri.TrimEnd('/')}/"), // or the end of a path would be lost
            Timeout = Timeout.InfiniteTimeSpan, // training takes as long as it takes; Ctrl-C ends it
        };
        if (key is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>How answers are read.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Where it is.</summary>
    public Uri Address { get; }

    /// <summary>Opens the service.</summary>
    /// <param name="options">Which.</param>
    /// <param name="create">Whether a store that does not exist is made.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="DirectoryNotFoundException">There is no store.</exception>
    /// <exception cref="SupSup.Storage.StorageDirectoryInUseException">Another command uses the store.</exception>
    public static async Task<Service> OpenAsync(ServiceOptions options, bool create, CancellationToken cancellationToken)
    {
        if ((options.Server ?? ServingSilo.Find(options.Store.Store)) is { } server) return new(server, options.Key, null);
        int port = EmbeddedSilo.FreePort();
        EmbeddedSilo silo = await (create
            ? EmbeddedSilo.StartAsync(options.Store, cancellationToken, Configure)
            : EmbeddedSilo.OpenAsync(options.Store, cancellationToken, Configure));
        return new(new Uri($"http://127.0.0.1:{port}"), null, silo);

        // Nobody looks on, and nobody else asks: without the dashboard the silo is there sooner, and it takes no port that may be taken.
        void Configure(SiloSettings settings)
        {
            (settings.Http.Port, settings.Http.GrpcPort, settings.Http.Dashboard) = (port, 0, false);

            // Its only client is the user, who owns the memory.
            (settings.Http.MaxRows, settings.Http.MaxRequestBytes) = (OwnRows, OwnBytes);
        }
    }

    /// <summary>Asks for something.</summary>
    /// <exception cref="SupSupException">It was refused, or the service cannot be reached.</exception>
    public Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) =>
        SendAsync<T>(new HttpRequestMessage(HttpMethod.Get, path), cancellationToken);

    /// <summary>Sends something as JSON, or nothing.</summary>
    /// <exception cref="SupSupException">It was refused, or the service cannot be reached.</exception>
    public Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken) => SendAsync<T>(
        new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, options: Json) },
        cancellationToken);

    /// <summary>Sends a file.</summary>
    /// <exception cref="SupSupException">It was refused, or the service cannot be reached.</exception>
    public Task<T> SendAsync<T>(string path, byte[] file, string type, CancellationToken cancellationToken) => SendAsync<T>(
        new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new ByteArrayContent(file) { Headers = { ContentType = new MediaTypeHeaderValue(type) } },
        },
        cancellationToken);

    /// <summary>Asks about rows that follow the JSON as bytes.</summary>
    /// <param name="model">The model's path below /v1.</param>
    /// <param name="json">The request of the Open Inference Protocol.</param>
    /// <param name="values">The rows, little-endian.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="SupSupException">It was refused, or the service cannot be reached.</exception>
    public Task<T> InferAsync<T>(string model, byte[] json, byte[] values, CancellationToken cancellationToken)
    {
        ByteArrayContent content = new([.. json, .. values]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add("Inference-Header-Content-Length", $"{json.Length}");
        return SendAsync<T>(new HttpRequestMessage(HttpMethod.Post, $"{InferencePathOf(model)}/infer") { Content = content },
            cancellationToken);
    }

    /// <summary>The path of a model below /v2.</summary>
    /// <param name="model">Its path below /v1.</param>
    public static string InferencePathOf(string model) => model.Replace("v1/", "v2/", StringComparison.Ordinal);

    /// <summary>Asks for something that may not be there.</summary>
    /// <returns>Null where it is not.</returns>
    /// <exception cref="SupSupException">It was refused, or the service cannot be reached.</exception>
    public async Task<T?> FindAsync<T>(string path, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await GetAsync<T>(path, cancellationToken);
        }
        catch (SupSupException e) when (e.Error == SupSupError.NotFound)
        {
            return null;
        }
    }

    /// <summary>Sends bytes as they are written.</summary>
    /// <param name="method">How.</param>
    /// <param name="path">Where to.</param>
    /// <param name="write">Writes them.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="SupSupException">They were refused, or the service cannot be reached.</exception>
    public Task<T> SendAsync<T>(HttpMethod method, string path, Action<Stream> write, long bytes, CancellationToken cancellationToken) =>
        SendAsync<T>(new HttpRequestMessage(method, path) { Content = new WrittenContent(write, bytes) }, cancellationToken);

    /// <summary>Sends a file as it is read.</summary>
    /// <exception cref="SupSupException">It was refused, or the service cannot be reached.</exception>
    public Task<T> UploadAsync<T>(string path, Stream file, CancellationToken cancellationToken) =>
        SendAsync<T>(new HttpRequestMessage(HttpMethod.Post, path) { Content = new StreamContent(file) }, cancellationToken);

    /// <summary>Sends something as JSON, and expects nothing.</summary>
    /// <exception cref="SupSupException">It was refused, or the service cannot be reached.</exception>
    public async Task SendAsync(HttpMethod method, string path, object body, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(method, path) { Content = JsonContent.Create(body, options: Json) };
        using HttpResponseMessage _ = await AnswerAsync(request, cancellationToken);
    }

    /// <summary>Reads a file, which is written as it comes.</summary>
    /// <param name="path">Which.</param>
    /// <param name="write">Opens where to, and calls what it is given with it.</param>
    /// <param name="onBytes">Told of bytes that came.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How many bytes it has.</returns>
    /// <exception cref="SupSupException">It was refused, or the service is lost.</exception>
    public async Task<long> DownloadAsync(
        string path, Func<Func<Stream, Task>, Task> write, Action<int> onBytes, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        using HttpResponseMessage response = await AnswerAsync(request, cancellationToken);
        long bytes = 0;
        await write(async target =>
        {
            await using Stream source = await response.Content.ReadAsStreamAsync(cancellationToken);
            byte[] piece = new byte[1 << 16];
            for (int read; (read = await ReadAsync(source, piece, cancellationToken)) > 0; bytes += read)
            {
                await target.WriteAsync(piece.AsMemory(0, read), cancellationToken);
                onBytes(read);
            }
        });
        return bytes;
    }

    /// <summary>Removes something.</summary>
    /// <exception cref="SupSupException">It was refused, or the service cannot be reached.</exception>
    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Delete, path);
        using HttpResponseMessage _ = await AnswerAsync(request, cancellationToken);
    }

    /// <summary>Reads a stream of JSON, a value a line, as it comes.</summary>
    /// <exception cref="SupSupException">It was refused, ended with an error, or the service cannot be reached.</exception>
    public async IAsyncEnumerable<T> LinesAsync<T>(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        using HttpResponseMessage response = await AnswerAsync(request, cancellationToken);
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await LineAsync(reader, cancellationToken) is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            if (document.RootElement.TryGetProperty("status", out JsonElement status)
                && document.RootElement.TryGetProperty("error", out JsonElement error))
                throw Refused((HttpStatusCode)status.GetInt32(), error.GetString());
            yield return document.Deserialize<T>(Json)!;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_silo is not null) await _silo.DisposeAsync();
    }

    private async Task<T> SendAsync<T>(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        {
            using HttpResponseMessage response = await AnswerAsync(request, cancellationToken);
            return (await response.Content.ReadFromJsonAsync<T>(Json, cancellationToken))!;
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new SupSupException(
                SupSupError.Unavailable,
                $"no silo answers at {Address} ({e.Message.TrimEnd('.')}); check --server, or start one by '{SupSupHome.Command} silo'");
        }

        if (response.IsSuccessStatusCode) return response;
        using (response)
        {
            string body = await response.Content.ReadAsStringAsync(cancellationToken);
            throw Refused(response.StatusCode, Detail(body));
        }
    }

    private async Task<int> ReadAsync(Stream source, byte[] piece, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(piece, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new SupSupException(
                SupSupError.Unavailable, $"the silo at {Address} was lost ({e.Message.TrimEnd('.')}); give the command again");
        }
    }

    private async Task<string?> LineAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadLineAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new SupSupException(
                SupSupError.Unavailable, $"the silo at {Address} was lost ({e.Message.TrimEnd('.')}); the same command goes on from there");
        }
    }

    private static SupSupException Refused(HttpStatusCode status, string? detail) => new(
        status switch
        {
            HttpStatusCode.BadRequest or HttpStatusCode.UnsupportedMediaType or HttpStatusCode.RequestEntityTooLarge =>
                SupSupError.InvalidRequest,
            HttpStatusCode.NotFound => SupSupError.NotFound,
            HttpStatusCode.Conflict => SupSupError.Conflict,
            _ => SupSupError.Unavailable,
        },
        (status, detail) switch
        {
            (HttpStatusCode.Unauthorized, _) => $"the silo asks who you are; give --key KEY, or set {KeyVariable}",
            (_, { Length: > 0 }) => detail,
            _ => $"the silo answered {(int)status} {status}",
        });

    private static string? Detail(string body)
    {
        try
        {
            using JsonDocument problem = JsonDocument.Parse(body);
            JsonElement root = problem.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("detail", out JsonElement text) ? text.GetString() : null;
        }
        catch (JsonException)
        {
            return null; // of a proxy, say, that answers with a page
        }
    }
}
