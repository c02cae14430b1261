namespace SupSup.Cli.Tests;

/// <summary>Models over networks with convolutions, by the tool.</summary>
public sealed class PictureNetworkTests : IDisposable
{
    private const string Network = "conv8-norm-relu-max2-conv12-norm-relu-average";

    private readonly Tool _tool = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Given_a_network_of_steps_in_a_file_when_trained_then_the_task_is_evaluated_exported_and_kept_to_its_network()
    {
        string data = await PicturesAsync(), file = _tool.In("plan.json");
        await File.WriteAllTextAsync(
            file,
            """{ "inputs": [3, 8, 8], "outputs": 12, "steps": ["conv8", "norm", "relu", "max2", "conv12", "norm", "relu", "average"] }""",
            Stop);
        string[] order = ["train", "m", "spots", "--data", data, "--batches", "120", "--recipe", "fast"];

        Tool.Outcome trained = await _tool.RunAsync([.. order, "--network", file, "--json"]);

        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Contains($"made model m: network {Network}/3x8x8-12, inputs 3 x 8 x 8 pixels", trained.Error, StringComparison.Ordinal);
        Assert.InRange(trained.Json.GetProperty("accuracy").GetDouble(), 0.8, 1);
        Assert.Contains("top-k:er-16", (await _tool.RunAsync("models", "show", "m")).Output, StringComparison.Ordinal);
        Assert.Contains("learned before", (await _tool.RunAsync([.. order, "--network", Network])).Error, StringComparison.Ordinal);
        (await _tool.RunAsync([.. order, "--network", "resnet18-20"])).ShouldFail(1, $"--network {Network}, not resnet18-20");
        Assert.Contains("the one task: ", (await _tool.RunAsync("evaluate", "m")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await _tool.RunAsync("tasks", "export", "m", "spots", "--out", _tool.In("spots.onnx"))).ExitCode);
        Assert.Equal(0, (await _tool.RunAsync("models", "export", "m", "--out", _tool.In("m.safetensors"))).ExitCode);
        Tool.Outcome imported = await _tool.RunAsync("models", "import", "copy", _tool.In("m.safetensors"), "--json");
        Assert.Equal(1, imported.Json.GetProperty("tasks").GetInt32());
        (string own, string copied) = (await AccuracyAsync("m", data), await AccuracyAsync("copy", data));
        Assert.Equal(own, copied);
    }

    [Theory]
    [InlineData("cnn", "'cnn'")]
    [InlineData("conv8-cone-average", "unknown step 'cone'")]
    [InlineData("conv8-average-norm-conv8:4:2-max2", "the 4th step, conv8:4:2, does not fit")]
    [InlineData("missing.json", "there is no such file 'missing.json'")]
    [InlineData("""{"inputs": [3, 4, 16], "steps": ["conv8", "average"]}""", "inputs 3x4x16, but the data have 3x8x8")]
    public async Task Given_a_network_that_does_not_fit_when_trained_then_one_line_names_it(string network, string words) =>
        (await _tool.RunAsync("train", "m", "spots", "--data", await PicturesAsync(), "--network", network)).ShouldFail(2, words);

    [Fact]
    public async Task Given_a_table_when_a_network_over_pictures_is_to_learn_it_then_one_line_refuses_it()
    {
        string table = (await PicturesAsync()).Replace("pixels=3x8x8&", "", StringComparison.Ordinal);

        (await _tool.RunAsync("train", "m", "spots", "--data", table, "--network", "conv8-relu")).ShouldFail(2, "192 numbers");
    }

    private async Task<string> AccuracyAsync(string model, string data)
    {
        Tool.Outcome outcome = await _tool.RunAsync("evaluate", model, "--task", "spots", "--data", data);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return outcome.Output[outcome.Output.IndexOf(": ", StringComparison.Ordinal)..];
    }

    // Three classes, each with a bright channel; 240 to learn from and 60 to test.
    private async Task<string> PicturesAsync()
    {
        string file = _tool.In("spots.csv");
        Random random = new(3);
        await File.WriteAllLinesAsync(
            file,
            [
                $"{string.Join(',', Enumerable.Range(0, 192).Select(n => $"p{n}"))},label",
                .. Enumerable.Range(0, 300).Select(n =>
                    $"{string.Join(',', Enumerable.Range(0, 192).Select(p => random.Next(100) + (p / 64 == n % 3 ? 120 : 0)))},{n % 3}"),
            ],
            Stop);
        return $"{file}?pixels=3x8x8&label=label";
    }
}
