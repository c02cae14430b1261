using System.Net;
using System.Text.Json;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.Operations;

public sealed class NativeLibrariesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("cpu", false)]
    [InlineData("auto", false)]
    [InlineData("cpu", true)]
    public async Task Given_a_silo_when_it_learns_and_infers_then_libtorch_is_mapped_only_if_it_trains_in_groups(string device, bool groups)
    {
        await using ApiSilo silo = await ApiSilo.StartAsync(("Compute:Device", device), ("Compute:TrainInGroups", $"{groups}"));
        await silo.PutAsync("/v1/models/m", new { inputs = 784, hidden = new[] { 16 }, outputs = 20, classes = 10, seed = 1 });
        var order = new { data = new { dataset = "mnist", seed = 1, index = 0 }, recipe = "fast", batches = 5 };
        await silo.PutAsync("/v1/models/m/tasks/0/training", order);
        JsonElement last = ApiSilo.Lines(await silo.Http.GetStringAsync("/v1/models/m/tasks/0/training/progress", Stop))[^1];
        Assert.True(last.GetProperty("state").GetString() == "Trained", last.ToString());
        var image = new { name = "input", shape = new[] { 1, 784 }, datatype = "FP32", data = new float[784] };
        (HttpStatusCode answered, JsonElement answer) = await silo.PostAsync("/v2/models/m/infer", new { inputs = new[] { image } });
        Assert.True(answered == HttpStatusCode.OK, answer.ToString());

        string[] lines = await File.ReadAllLinesAsync($"/proc/{silo.Process.Id}/maps", Stop);
        List<string> mapped = [.. lines.Select(line => Path.GetFileName(line))];

        Assert.Contains("libcoreclr.so", mapped);
        Assert.Equal(groups, mapped.Contains("libtorch_cpu.so"));
        Assert.Equal(groups, mapped.Contains("libLibTorchSharp.so"));
    }
}
