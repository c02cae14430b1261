using System.Net;
using System.Text.Json;
using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.OpenInference;

/// <summary>A model whose masks live in a reservoir, over REST.</summary>
public sealed class ReservoirTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_model_with_a_reservoir_when_asked_over_rest_then_it_tells_what_it_holds_and_recovers_a_batch()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync();
        string data = silo.Settings.Compute.DataFolder;
        object spec = new { plan = "flatten-256-normbatch-swish/1x28x28-10", classes = 10, seed = 3, storage = "reservoir" };
        await OkAsync(silo, HttpMethod.Put, "/v1/models/m", spec);
        for (int task = 0; task < 2; task++)
        {
            object split = new { dataset = "mnist", family = "split", index = task, seed = 7 };
            object order = new { data = split, names = new { task = $"pair{task}" } };
            LocalSilo.Answer ordered = await silo.SendAsync(HttpMethod.Put, $"/v1/models/m/tasks/{task}/training", order);
            Assert.True(ordered.Code == HttpStatusCode.Accepted, $"{ordered.Body}");
            string progress = await silo.Client.GetStringAsync($"/v1/models/m/tasks/{task}/training/progress", Stop);
            Assert.Equal("Trained", ApiSilo.Lines(progress)[^1].GetProperty("state").GetString());
        }

        Dataset mnist = await new DatasetStore(data).OpenAsync("mnist", cancellationToken: Stop);
        (float[] inputs, int[] labels) = TaskFamilies.Get("split").Make(mnist, 7, 1).Test(0, 32);

        JsonElement answer = await OkAsync(silo, HttpMethod.Post, "/v2/models/m/infer", Request(32));
        JsonElement asked = await OkAsync(silo, HttpMethod.Post, "/v2/models/m/infer", Request(32, "probabilities", "recovered", "steps"));
        JsonElement model = await OkAsync(silo, HttpMethod.Get, "/v1/models/m", null);
        JsonElement all = await OkAsync(silo, HttpMethod.Get, "/v1/models", null);
        JsonElement health = await OkAsync(silo, HttpMethod.Get, "/v1/models/m/health", null);

        Assert.All(Output(answer, "task"), task => Assert.Equal(1, task.GetInt32()));
        Assert.All(Output(answer, "recovered"), recovered => Assert.True(recovered.GetBoolean()));
        Assert.All(Output(answer, "task_name"), name => Assert.Equal("pair1", name.GetString()));
        Assert.True(Output(answer, "class").Zip(labels).Count(pair => pair.First.GetInt32() == pair.Second) >= 26);
        Assert.Equal(320, Output(asked, "probabilities").Length);
        Assert.All(Output(asked, "steps"), steps => Assert.InRange(steps.GetInt32(), 1, 60));
        JsonElement reservoir = model.GetProperty("reservoir");
        Assert.Equal((8, 2), (reservoir.GetProperty("capacity").GetInt32(), reservoir.GetProperty("stored").GetInt32()));
        Assert.Equal(2, all.GetProperty("models")[0].GetProperty("tasks").GetInt32());
        Assert.Equal(2, health.GetProperty("shards")[0].GetProperty("held").GetInt32());
        await RefusedAsync(HttpMethod.Post, "/v2/models/m/infer", Request(15), "15 images are too few");
        await RefusedAsync(
            HttpMethod.Post, "/v2/models/m/infer", new { inputs = Inputs(32), parameters = new { task = 1 } }, "leave the task out");
        await RefusedAsync(HttpMethod.Get, "/v1/models/m/export", null, "keeps its masks in a reservoir");
        await RefusedAsync(HttpMethod.Get, "/v1/models/m/tasks/0/mask", null, "keeps its masks in a reservoir");
        await RefusedAsync(HttpMethod.Get, "/v1/models/m/tasks/0/onnx", null, "keeps its masks in a reservoir");
        await RefusedAsync(HttpMethod.Get, "/v1/models/m/evaluation", null, "keeps its masks in a reservoir");
        await RefusedAsync(HttpMethod.Delete, "/v1/models/m/tasks/0", null, "cannot be taken out");

        object[] Inputs(int rows) =>
            [new { name = "input", datatype = "FP32", shape = new[] { rows, 784 }, data = inputs[..(rows * 784)] }];
        object Request(int rows, params string[] outputs) => new { inputs = Inputs(rows), outputs = outputs.Select(name => new { name }) };

        async Task RefusedAsync(HttpMethod method, string path, object? body, string words)
        {
            LocalSilo.Answer refused = await silo.SendAsync(method, path, body);
            Assert.Equal(HttpStatusCode.BadRequest, refused.Code);
            Assert.Contains(words, $"{refused.Body}", StringComparison.Ordinal);
        }
    }

    private static async Task<JsonElement> OkAsync(LocalSilo silo, HttpMethod method, string path, object? body)
    {
        LocalSilo.Answer answer = await silo.SendAsync(method, path, body);
        Assert.True(answer.Code == HttpStatusCode.OK, $"{answer.Code} {answer.Body}");
        return answer.Body;
    }

    private static JsonElement[] Output(JsonElement answer, string name) =>
        [.. answer.GetProperty("outputs").EnumerateArray().Single(output => output.GetProperty("name").GetString() == name)
            .GetProperty("data").EnumerateArray()];
}
