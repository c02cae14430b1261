using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json;
using SupSup.Core.Datasets;
using SupSup.Grains.Data;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.OpenInference;

/// <summary>A silo in this process whose model has learned three tasks from a user's own folder, over REST.</summary>
public sealed class ShapesSilo : IAsyncLifetime
{
    public const string Model = "shapes";
    public const int Tasks = 3;

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("supsup-shapes-");

    /// <summary>The folder of images.</summary>
    public string Folder { get; private set; } = "";

    /// <summary>A folder of darker images, which is normalised otherwise.</summary>
    public string Darker { get; private set; } = "";

    internal LocalSilo Silo { get; private set; } = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Folder = Shapes.Write(Path.Combine(_data.FullName, "grey"), ground: 110);
        Darker = Shapes.Write(Path.Combine(_data.FullName, "dark"), ground: 20);
        Silo = await LocalSilo.StartAsync();
        await CreateAsync(Model);
        for (int task = 0; task < Tasks; task++) await LearnPermutedAsync(Model, task, Folder);
    }

    public async ValueTask DisposeAsync()
    {
        if (Silo is not null) await Silo.DisposeAsync();
        _data.Delete(recursive: true);
    }

    internal async Task CreateAsync(string model)
    {
        object spec = new { inputs = Shapes.Inputs, hidden = new[] { 64 }, outputs = 30, classes = Shapes.Classes, seed = 1 };
        Assert.Equal(HttpStatusCode.OK, (await Silo.SendAsync(HttpMethod.Put, $"/v1/models/{model}", spec)).Code);
    }

    /// <summary>Makes a model whose inputs are as those of a dataset.</summary>
    internal async Task CreateAsync(string model, Dataset like)
    {
        object spec = new
        {
            inputs = like.Shape.Length,
            hidden = new[] { 64 },
            outputs = 30,
            classes = like.Classes,
            seed = 1,
            inputFormat = WireFormats.Of(like),
        };
        LocalSilo.Answer answer = await Silo.SendAsync(HttpMethod.Put, $"/v1/models/{model}", spec);
        Assert.True(answer.Code == HttpStatusCode.OK, $"{answer.Body}");
    }

    /// <summary>Makes a model of a network over pictures like those of a dataset.</summary>
    internal async Task CreateAsync(string model, Dataset like, string network)
    {
        LocalSilo.Answer answer = await Silo.SendAsync(
            HttpMethod.Put, $"/v1/models/{model}", FittingModel.Of(like, like.Classes, network: network, outputs: 30));
        Assert.True(answer.Code == HttpStatusCode.OK, $"{answer.Body}");
    }

    /// <summary>Has a task learned from a dataset as it is.</summary>
    internal async Task LearnAsync(string model, int task, string dataset, int batches = 200)
    {
        LocalSilo.Answer answer = await OrderAsync(model, task, dataset, batches);
        Assert.True(answer.Code == HttpStatusCode.Accepted, $"{answer.Body}");
        string progress = await Silo.Client.GetStringAsync($"/v1/models/{model}/tasks/{task}/training/progress", Stop);
        Assert.Equal("Trained", ApiSilo.Lines(progress)[^1].GetProperty("state").GetString());
    }

    /// <summary>Orders a task to be learned from a dataset as it is.</summary>
    internal Task<LocalSilo.Answer> OrderAsync(string model, int task, string dataset, int batches = 200) => Silo.SendAsync(
        HttpMethod.Put, $"/v1/models/{model}/tasks/{task}/training", new { data = new { dataset }, batches });

    /// <summary>Has a permuted task learned from a dataset.</summary>
    internal async Task LearnPermutedAsync(string model, int task, string dataset, int batches = 150)
    {
        string training = $"/v1/models/{model}/tasks/{task}/training";
        object order = new { data = new { dataset, family = "permuted", seed = 1, index = task }, batches };
        LocalSilo.Answer answer = await Silo.SendAsync(HttpMethod.Put, training, order);
        Assert.True(answer.Code == HttpStatusCode.Accepted, answer.Body.ToString());
        JsonElement last = ApiSilo.Lines(await Silo.Client.GetStringAsync($"{training}/progress", Stop))[^1];
        Assert.True(last.GetProperty("state").GetString() == "Trained", last.ToString());
    }

    /// <summary>Has a task learned from two submitted batches.</summary>
    /// <param name="model">The model.</param>
    /// <param name="task">The task.</param>
    /// <param name="normalization">What the order says of it, or null.</param>
    internal async Task SubmitAsync(string model, int task, object? normalization)
    {
        string path = $"/v1/models/{model}/tasks/{task}";
        object order = new { data = (object?)null, batches = 2, normalization };
        LocalSilo.Answer answer = await Silo.SendAsync(HttpMethod.Put, $"{path}/training", order);
        Assert.True(answer.Code == HttpStatusCode.Accepted, answer.Body.ToString());
        await BatchesAsync($"{path}/batches");
        Assert.Equal(HttpStatusCode.OK, (await Silo.GetAsync(path)).Code);
    }

    /// <summary>Sends two batches.</summary>
    internal async Task BatchesAsync(string path)
    {
        float[] Row(int number, int row) => [.. Enumerable.Range(0, Shapes.Inputs).Select(i => MathF.Cos((i * (row + 1)) + number))];
        StringContent lines = new(string.Concat(Enumerable.Range(0, 2).Select(number => JsonSerializer.Serialize(new
        {
            number,
            inputs = Enumerable.Range(0, 4).Select(row => Row(number, row)),
            labels = new[] { 0, 1, 2, 3 },
        }) + "\n")));
        lines.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using HttpResponseMessage response = await Silo.Client.PostAsync(path, lines, Stop);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain("error", await response.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    /// <summary>Asks for task and class of rows that follow the JSON as bytes.</summary>
    internal Task<LocalSilo.Answer> InferAsync<T>(string model, T[] values, object? parameters = null)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes<T>(values);
        object input = new
        {
            name = "input",
            shape = new[] { values.Length / Shapes.Inputs, Shapes.Rows, Shapes.Columns },
            datatype = typeof(T) == typeof(byte) ? "UINT8" : "FP32",
            parameters = new { binary_data_size = bytes.Length },
        };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(new { inputs = new[] { input }, parameters = parameters ?? new { } });
        ByteArrayContent content = new([.. json, .. bytes]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add("Inference-Header-Content-Length", $"{json.Length}");
        return Silo.SendAsync(HttpMethod.Post, $"/v2/models/{model}/infer", content);
    }
}
