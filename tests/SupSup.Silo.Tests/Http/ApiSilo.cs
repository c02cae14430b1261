using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Grpc.Net.Client;
using SupSup.LocalCluster;

namespace SupSup.Silo.Tests.Http;

/// <summary>A silo process of its own, and ways to ask it. As a fixture it has a small model with ten learned
/// tasks of permuted MNIST.</summary>
public sealed class ApiSilo : IAsyncLifetime
{
    public const string Model = "digits";
    public const int Tasks = 10;

    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-api-").FullName;
    private readonly Dictionary<string, string> _settings;
    private readonly bool _learns;
    private SiloProcess? _silo;

    public ApiSilo()
        : this([], learns: true)
    {
    }

    private ApiSilo(Dictionary<string, string> settings, bool learns) => (_settings, _learns) = (settings, learns);

    public static string DataFolder { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("SUPSUP_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".supsup"), "data");

    public HttpClient Http { get; private set; } = null!;

    public GrpcChannel Grpc { get; private set; } = null!;

    public SiloProcess Process => _silo!;

    public string Log => File.ReadAllText(Path.Combine(_folder, "silo.log"));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Starts one with settings of its own and nothing learned.</summary>
    public static async Task<ApiSilo> StartAsync(params (string Key, string Value)[] settings)
    {
        ApiSilo silo = new(settings.ToDictionary(setting => setting.Key, setting => setting.Value), learns: false);
        await silo.InitializeAsync();
        return silo;
    }

    public async ValueTask InitializeAsync()
    {
        int grpc = LoopbackPorts.Free(1)[0];
        Dictionary<string, string> settings = new(_settings)
        {
            ["Storage:Directory"] = Path.Combine(_folder, "store"),
            ["Compute:DataFolder"] = DataFolder,
            ["Http:GrpcPort"] = $"{grpc}",
        };
        settings.TryAdd("Drain:Seconds", "0");
        _silo = await SiloProcess.StartNewAsync(
            Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"), "api", Path.Combine(_folder, "silo.log"), settings, Stop);
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_silo.HttpPort}") };
        Grpc = GrpcChannel.ForAddress($"http://127.0.0.1:{grpc}");
        if (_learns) await LearnAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Grpc?.Dispose();
        Http?.Dispose();
        if (_silo is not null) await _silo.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Sends JSON and reads the answer's.</summary>
    public async Task<(HttpStatusCode Code, JsonElement Body)> SendAsync(
        HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(method, path);
        if (body is not null) request.Content = body as HttpContent
            ?? new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await Http.SendAsync(request, Stop);
        string text = await response.Content.ReadAsStringAsync(Stop);
        bool isJson = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true
            && response.Content.Headers.ContentType.MediaType != "application/x-ndjson";
        return (response.StatusCode, isJson ? JsonSerializer.Deserialize<JsonElement>(text) : JsonSerializer.SerializeToElement(text));
    }

    public Task<(HttpStatusCode Code, JsonElement Body)> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, null, headers);

    public Task<(HttpStatusCode Code, JsonElement Body)> PostAsync(
        string path, object? body = null, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Post, path, body, headers);

    public Task<(HttpStatusCode Code, JsonElement Body)> PutAsync(
        string path, object? body = null, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Put, path, body, headers);

    /// <summary>Sends lines of JSON, and reads those that are answered.</summary>
    public async Task<JsonElement[]> StreamAsync(string path, IEnumerable<object> lines)
    {
        StringContent content = new(string.Concat(lines.Select(line => JsonSerializer.Serialize(line, JsonSerializerOptions.Web) + "\n")));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using HttpResponseMessage response = await Http.PostAsync(path, content, Stop);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return Lines(await response.Content.ReadAsStringAsync(Stop));
    }

    public static JsonElement[] Lines(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    /// <summary>A test image as some task sees it: grey levels.</summary>
    public async Task<(int[] Pixels, int Label)> ImageAsync(int image, int? task)
    {
        JsonElement found = (await GetAsync($"/v1/datasets/mnist/images/{image}")).Body;
        int[] pixels = [.. found.GetProperty("pixels").EnumerateArray().Select(pixel => pixel.GetInt32())];
        if (task is not null) pixels = [.. (await PostAsync($"/v1/models/{Model}/preview", new { pixels, task })).Body.GetProperty("pixels")
            .EnumerateArray().Select(pixel => pixel.GetInt32())];
        return (pixels, found.GetProperty("label").GetInt32());
    }

    /// <summary>Pixels as the network sees them.</summary>
    public static float[] Normalized(IEnumerable<int> pixels) => [.. pixels.Select(pixel => (pixel / 255f - 0.1307f) / 0.3081f)];

    /// <summary>Makes the model and learns its tasks.</summary>
    public async Task LearnAsync()
    {
        (HttpStatusCode code, JsonElement body) = await PutAsync(
            $"/v1/models/{Model}", new { inputs = 784, hidden = new[] { 100 }, outputs = 50, classes = 10, seed = 1 });
        Assert.True(code == HttpStatusCode.OK, body.ToString());
        for (int task = 0; task < Tasks; task++)
        {
            (code, body) = await PutAsync($"/v1/models/{Model}/tasks/{task}/training",
                new { data = new { dataset = "mnist", seed = 1, index = task }, recipe = "fast", batches = 100 });
            Assert.True(code == HttpStatusCode.Accepted, body.ToString());
        }

        for (int task = 0; task < Tasks; task++)
        {
            JsonElement last = Lines(await Http.GetStringAsync($"/v1/models/{Model}/tasks/{task}/training/progress", Stop))[^1];
            Assert.True(last.GetProperty("state").GetString() == "Trained", last.ToString());
        }
    }
}
