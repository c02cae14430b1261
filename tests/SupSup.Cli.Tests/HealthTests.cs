using System.Text.Json;

namespace SupSup.Cli.Tests;

public sealed class HealthTests : IDisposable
{
    private readonly Tool _tool = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Given_a_damaged_mask_when_the_health_is_asked_for_then_it_is_named_and_the_code_is_1()
    {
        string model = (await _tool.RunAsync(_tool.Demo(2, "--json"))).Json.GetProperty("model").GetString()!;
        JsonElement whole = (await _tool.RunAsync("models", "health", model, "--json")).Json;
        Assert.Equal((2, true), (whole.GetProperty("tasks").GetInt32(), whole.GetProperty("isWhole").GetBoolean()));

        string file = Path.Combine(_tool.Store, "grainstate", "mask-task", model, "1.json");
        byte[] bytes = await File.ReadAllBytesAsync(file, Stop);
        bytes[5000] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Stop);
        Tool.Outcome outcome = await _tool.RunAsync("models", "health", model);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains(file, outcome.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 2 masks", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_no_silo_when_one_is_named_then_the_address_is_in_the_error()
    {
        (await _tool.RunAsync("models", "show", "m", "--server", "127.0.0.1:9")).ShouldFail(1, "127.0.0.1:9");
    }
}
