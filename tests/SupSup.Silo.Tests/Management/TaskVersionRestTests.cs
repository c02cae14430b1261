using System.Net;
using System.Text.Json;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.Management;

/// <summary>Versions of a task over REST: trained once more, asked, compared, rolled back.</summary>
public sealed class TaskVersionRestTests
{
    private const string Task = "/v1/models/m/tasks/0";

    [Fact]
    public async Task Given_a_task_that_was_trained_once_more_when_asked_over_rest_then_both_versions_answer_and_it_can_be_rolled_back()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await silo.SendAsync(
            HttpMethod.Put, "/v1/models/m", new { inputs = 784, hidden = new[] { 50 }, outputs = 30, classes = 10, seed = 1 })).Code);
        (await silo.GetAsync($"{Task}/versions")).ShouldFail(HttpStatusCode.NotFound, "m/0");
        Assert.Equal(1, await LearnAsync(silo, 0, null));
        Assert.False((await silo.GetAsync(Task)).Body.GetProperty("order").TryGetProperty("replaces", out _)); // as earlier builds read it
        Assert.Equal(2, await LearnAsync(silo, 1, 1));
        (await silo.SendAsync(HttpMethod.Put, $"{Task}/training", Order(2, 1))).ShouldFail(
            HttpStatusCode.Conflict, "version 2", "version 1");

        JsonElement[] versions = [.. (await silo.GetAsync($"{Task}/versions")).Body.GetProperty("versions").EnumerateArray()];
        Assert.Equal([2, 1], versions.Select(version => version.GetProperty("version").GetInt32()));
        Assert.Equal([true, false], versions.Select(version => version.GetProperty("inForce").GetBoolean()));
        Assert.InRange(
            versions[1].GetProperty("until").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromDays(6), TimeSpan.FromDays(7));
        Assert.Equal(
            versions[1].GetProperty("task").GetProperty("checksum").GetString(),
            (await silo.GetAsync($"{Task}/versions/1")).Body.GetProperty("task").GetProperty("checksum").GetString());
        (await silo.GetAsync($"{Task}/versions/3")).ShouldFail(HttpStatusCode.NotFound, "version 3");

        double first = await AccuracyAsync(silo, $"{Task}/versions/1/evaluation");
        double second = await AccuracyAsync(silo, $"{Task}/versions/2/evaluation");
        Assert.Equal(second, await AccuracyAsync(silo, $"{Task}/evaluation"));
        JsonElement compared = (await silo.GetAsync($"{Task}/versions/1/comparison")).Body;
        Assert.Equal(second, compared.GetProperty("accuracyOfOther").GetDouble());
        Assert.True(compared.GetProperty("accuracyOfOne").GetDouble() < second, $"{compared}"); // on the data of the one in force
        Assert.InRange(compared.GetProperty("agreement").GetDouble(), 0.3, 0.99);

        int[] pixels = [.. (await silo.GetAsync($"{Task}/images/3")).Body.GetProperty("pixels").EnumerateArray().Select(p => p.GetInt32())];
        LocalSilo.Answer one = await InferAsync(silo, pixels, """{"task":0,"task_version":1}""");
        LocalSilo.Answer two = await InferAsync(silo, pixels, """{"task":0,"task_version":2}""");
        Assert.Equal(Output(await InferAsync(silo, pixels, """{"task":0}"""), "entropy"), Output(two, "entropy"), 1e-6);
        Assert.NotEqual(Output(one, "entropy"), Output(two, "entropy"));
        (await InferAsync(silo, pixels, """{"task":0,"task_version":7}""")).ShouldFail(HttpStatusCode.NotFound, "version 7");
        (await InferAsync(silo, pixels, """{"task_version":1}""")).ShouldFail(HttpStatusCode.BadRequest, "'task'");

        for (int times = 0; times < 2; times++) // repeating it is harmless
        {
            LocalSilo.Answer back = await silo.SendAsync(HttpMethod.Put, $"{Task}/version", new { version = 1 });
            Assert.True(back.Code == HttpStatusCode.OK, back.Body.ToString());
            Assert.Equal(3, back.Body.GetProperty("version").GetInt32());
        }

        Assert.Equal(first, await AccuracyAsync(silo, $"{Task}/evaluation"));
        JsonElement now = (await silo.GetAsync($"{Task}/versions")).Body.GetProperty("versions")[0];
        Assert.Equal((3, 1), (now.GetProperty("version").GetInt32(), now.GetProperty("rolledBackTo").GetInt32()));
        (await silo.SendAsync(HttpMethod.Put, $"{Task}/version", new { version = 9 })).ShouldFail(HttpStatusCode.NotFound, "version 9");
    }

    private static object Order(int index, int? replaces) =>
        new { data = new { dataset = "mnist", seed = 1, index }, recipe = "fast", batches = 40, replaces };

    private static async Task<int> LearnAsync(LocalSilo silo, int index, int? replaces)
    {
        LocalSilo.Answer ordered = await silo.SendAsync(HttpMethod.Put, $"{Task}/training", Order(index, replaces));
        Assert.True(ordered.Code == HttpStatusCode.Accepted, ordered.Body.ToString());
        string lines = (await silo.GetAsync($"{Task}/training/progress")).Body.GetString()!;
        JsonElement last = JsonSerializer.Deserialize<JsonElement>(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        Assert.True(last.GetProperty("state").GetString() == "Trained", last.ToString());
        return last.GetProperty("summary").GetProperty("version").GetInt32();
    }

    private static async Task<double> AccuracyAsync(LocalSilo silo, string path) =>
        (await silo.SendAsync(HttpMethod.Post, path, new { })).Body.GetProperty("accuracy").GetDouble();

    private static Task<LocalSilo.Answer> InferAsync(LocalSilo silo, int[] pixels, string parameters) => silo.SendAsync(
        HttpMethod.Post, "/v2/models/m/infer",
        $$"""
        {"inputs":[{"name":"input","shape":[1,784],"datatype":"UINT8","data":[{{string.Join(',', pixels)}}]}],"parameters":{{parameters}}}
        """);

    private static double Output(LocalSilo.Answer answer, string name) => answer.Body.GetProperty("outputs").EnumerateArray()
        .First(output => output.GetProperty("name").GetString() == name).GetProperty("data")[0].GetDouble();
}
