namespace SupSup.Cli.Tests;

/// <summary>Models whose masks live in a reservoir, by the tool.</summary>
public sealed class ReservoirTests : IDisposable
{
    private readonly Tool _tool = new();

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Given_a_model_with_a_reservoir_when_pictures_of_a_task_are_given_then_all_are_told_and_one_alone_is_refused()
    {
        string[] more = ["--storage", "reservoir", "--network", "flatten-256-normbatch-swish-256-normbatch-swish", "--outputs", "10"];
        (string low, string high) = (_tool.Pictures("low", 0, 2), _tool.Pictures("high", 4, 6));
        Tool.Outcome first = await _tool.RunAsync(["train", "m", "low", "--data", low, .. more, "--json"]);
        Tool.Outcome second = await _tool.RunAsync("train", "m", "high", "--data", high, "--json");

        Assert.InRange(first.Json.GetProperty("accuracy").GetDouble(), 0.9, 1);
        Assert.InRange(second.Json.GetProperty("accuracy").GetDouble(), 0.8, 1);
        string shown = (await _tool.RunAsync("models", "show", "m")).Output;
        Assert.Contains("reservoir of 256 and 256 units, 265,216 bytes: 2 of 8 masks are stored", shown, StringComparison.Ordinal);
        string[] pictures = [.. Directory.EnumerateFiles(Path.Combine(high, "test"), "*.bmp", SearchOption.AllDirectories).Order()];
        string[] told = (await _tool.RunAsync(["predict", "m", .. pictures])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(20, told.Length);
        Assert.All(told, (line, n) => Assert.StartsWith($"{pictures[n]}: high (100.0 %)", line, StringComparison.Ordinal));
        (await _tool.RunAsync("predict", "m", pictures[0])).ShouldFail(2, "1 images are too few", "send 16 images of one task or more");
        (await _tool.RunAsync("tasks", "delete", "m", "low", "--yes")).ShouldFail(2, "task 0 cannot be taken out");
        (await _tool.RunAsync("models", "export", "m", "--out", _tool.In("m.safetensors"))).ShouldFail(2, "no mask of a task");
        (await _tool.RunAsync("train", "plain", "low", "--data", low, "--storage", "cellar")).ShouldFail(2, "cellar", "reservoir");
        Assert.Equal(0, (await _tool.RunAsync("models", "delete", "m", "--yes")).ExitCode);
        Assert.DoesNotContain(
            Directory.EnumerateFiles(_tool.Store, "*", SearchOption.AllDirectories),
            file => file.Contains("-reservoir", StringComparison.Ordinal));
    }
}
