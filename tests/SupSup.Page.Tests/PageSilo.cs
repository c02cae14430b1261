using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using SupSup.Data.Formats;
using SupSup.LocalCluster;

namespace SupSup.Page.Tests;

/// <summary>A silo process. As a fixture it has a browser, and a small model with ten tasks of permuted MNIST
/// and a stream, all learned over its interface.</summary>
public sealed class PageSilo : IAsyncLifetime
{
    public const string Name = "page-silo";
    public const string Model = "digits";
    public const string Stream = "unnamed";
    public const int Tasks = 10;

    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-page-").FullName;
    private readonly Dictionary<string, string> _settings;
    private readonly bool _learns;
    private SiloProcess? _silo;
    private Browser? _browser;

    public PageSilo()
        : this(new() { ["Http:OpenApi"] = "true" }, learns: true)
    {
    }

    private PageSilo(Dictionary<string, string> settings, bool learns) => (_settings, _learns) = (settings, learns);

    public HttpClient Http { get; private set; } = null!;

    public Browser Browser => _browser ?? throw new InvalidOperationException("only the fixture has a browser");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string DataFolder { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("SUPSUP_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".supsup"), "data");

    /// <summary>Starts one with settings of its own, nothing learned and no browser.</summary>
    public static async Task<PageSilo> StartAsync(params (string Key, string Value)[] settings)
    {
        PageSilo silo = new(settings.ToDictionary(setting => setting.Key, setting => setting.Value), learns: false);
        await silo.InitializeAsync();
        return silo;
    }

    public async ValueTask InitializeAsync()
    {
        if (Browser.Program is null) return; // every test is skipped
        Dictionary<string, string> settings = new(_settings)
        {
            ["Storage:Directory"] = Path.Combine(_folder, "store"),
            ["Compute:DataFolder"] = DataFolder,
            ["Http:GrpcPort"] = "0",
            ["Drain:Seconds"] = "0",
        };
        _silo = await SiloProcess.StartNewAsync(
            Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"), Name, Path.Combine(_folder, "silo.log"), settings, Stop);
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_silo.HttpPort}") };
        if (!_learns) return;
        _browser = await Browser.StartAsync();
        await LearnAsync();
        await StreamAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        Http?.Dispose();
        if (_silo is not null) await _silo.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public async Task<JsonElement> GetAsync(string path) => await Http.GetFromJsonAsync<JsonElement>(path, Stop);

    private async Task LearnAsync()
    {
        await PutAsync($"/v1/models/{Model}", new { inputs = 784, hidden = new[] { 100 }, outputs = 50, classes = 10, seed = 1 });
        for (int task = 0; task < Tasks; task++)
            await PutAsync($"/v1/models/{Model}/tasks/{task}/training",
                new { data = new { dataset = "mnist", seed = 1, index = task }, recipe = "fast", batches = 100 });
        for (int task = 0; task < Tasks; task++)
        {
            string lines = await Http.GetStringAsync($"/v1/models/{Model}/tasks/{task}/training/progress", Stop);
            Assert.Contains("\"Trained\"", lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], StringComparison.Ordinal);
        }
    }

    // On a model of its own, since its tasks would be candidates for the other's images. One mask is all that it may hold, so
    // that segments of another task are crowded out.
    private async Task StreamAsync()
    {
        await PutAsync("/v1/models/streamed", new { inputs = 64, hidden = new[] { 16 }, outputs = 20, classes = 4, seed = 7 });
        await PutAsync($"/v1/models/streamed/streams/{Stream}", new { recipe = "fast", batches = 8, segmentBatches = 4, maskCap = 1 });
        StringContent batches = new(string.Concat(Enumerable.Range(0, 12).Select(number => JsonSerializer.Serialize(new
        {
            number,
            inputs = Enumerable.Range(
                0, 4).Select(row => Enumerable.Range(0, 64).Select(i => MathF.Cos((i * (row + 1)) + (number / 8 * 31)))),
            labels = new[] { 0, 1, 2, 3 },
        }) + "\n")));
        batches.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using HttpResponseMessage response = await Http.PostAsync($"/v1/models/streamed/streams/{Stream}/batches", batches, Stop);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(12, (await response.Content.ReadAsStringAsync(Stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    /// <summary>Learns two tasks from a folder of a user's own: images of 12 by 20 whose class is the row of a bright bar.</summary>
    public async Task LearnBarsAsync(string model, string folder)
    {
        const int Rows = 12, Columns = 20;
        Directory.CreateDirectory(folder);
        Write(IdxFolder.TrainImages, IdxFolder.TrainLabels, 400);
        Write(IdxFolder.TestImages, IdxFolder.TestLabels, 30);

        void Write(string images, string labels, int count)
        {
            byte[] classes = [.. Enumerable.Range(0, count).Select(n => (byte)(n % 4))];
            byte[] pixels = [.. classes.SelectMany((bar, n) => Enumerable.Range(0, Rows * Columns).Select(pixel => Level(bar, n, pixel)))];
            IdxFile.WriteImages(Path.Combine(folder, images), Rows, Columns, pixels);
            IdxFile.WriteLabels(Path.Combine(folder, labels), classes);
        }

        byte Level(int bar, int image, int pixel) => (byte)(60 + ((image * 7) + (pixel * 13)) % 9 + (pixel / Columns / 3 == bar ? 120 : 0));

        await PutAsync($"/v1/models/{model}", new { inputs = Rows * Columns, hidden = new[] { 40 }, outputs = 20, classes = 4, seed = 1 });
        for (int task = 0; task < 2; task++)
        {
            string training = $"/v1/models/{model}/tasks/{task}/training";
            await PutAsync(training, new { data = new { dataset = folder, family = "permuted", seed = 1, index = task }, batches = 60 });
            Assert.Contains("\"Trained\"", await Http.GetStringAsync($"{training}/progress", Stop), StringComparison.Ordinal);
        }
    }

    private async Task PutAsync(string path, object body)
    {
        using HttpResponseMessage response = await Http.PutAsJsonAsync(path, body, Stop);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Stop));
    }
}
