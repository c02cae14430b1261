using System.Diagnostics;
using System.Net;
using System.Text.Json;
using SupSup.LocalCluster;

namespace SupSup.Cli.Tests;

public sealed class SiloTests : IDisposable
{
    private readonly Tool _tool = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Given_the_store_of_a_demo_when_a_silo_is_run_on_it_then_its_model_is_served_and_told_to_stop_it_ends_with_0()
    {
        string model = (await _tool.RunAsync(_tool.Demo(2, "--json"))).Json.GetProperty("model").GetString()!;
        int[] ports = LoopbackPorts.Free(4);
        using Process silo = _tool.Start("silo", "--data", Tool.SharedData, $"--Endpoints:SiloPort={ports[0]}",
            $"--Endpoints:GatewayPort={ports[1]}", $"--Http:Port={ports[2]}", $"--Http:GrpcPort={ports[3]}");
        Task<string> output = silo.StandardOutput.ReadToEndAsync(Stop);
        Task<string> errors = silo.StandardError.ReadToEndAsync(Stop);
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{ports[2]}") };
        while (!await IsReadyAsync(http))
            if (silo.HasExited) Assert.Fail($"{await output} {await errors}");
        JsonElement models = JsonSerializer.Deserialize<JsonElement>(await http.GetStringAsync("/v1/models", Stop)).GetProperty("models");
        JsonElement served = Assert.Single(models.EnumerateArray());
        Assert.Equal((model, 2), (served.GetProperty("name").GetString(), served.GetProperty("tasks").GetInt32()));
        Assert.Contains("<!doctype html", await http.GetStringAsync("/", Stop), StringComparison.OrdinalIgnoreCase);
        (await _tool.RunAsync(_tool.Demo(2))).ShouldFail(1, _tool.Store, $"{silo.Id}"); // it takes the store itself
        Assert.Equal(0, (await _tool.RunAsync("models", "show", model)).ExitCode); // by the silo

        using (Process terminate = Process.Start("kill", ["-TERM", $"{silo.Id}"])) await terminate.WaitForExitAsync(Stop);
        await silo.WaitForExitAsync(Stop);
        Assert.Equal((0, ""), (silo.ExitCode, await errors));
        string line = Assert.Single((await output).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        string address = $"http://127.0.0.1:{ports[2]}, gRPC on port {ports[3]}, .NET clients on port {ports[1]}";
        Assert.Contains(address, line, StringComparison.Ordinal);
        Assert.Equal(0, (await _tool.RunAsync("models", "show", model)).ExitCode);
    }

    [Fact]
    public async Task Given_a_store_in_use_when_a_silo_is_run_on_it_then_one_line_names_it_and_the_code_is_1()
    {
        Directory.CreateDirectory(_tool.Store);
        await using FileStream held = new(Path.Combine(_tool.Store, ".lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        int[] ports = LoopbackPorts.Free(3);
        Tool.Outcome outcome = await _tool.RunAsync(
            "silo",
            $"--Endpoints:SiloPort={ports[0]}", $"--Endpoints:GatewayPort={ports[1]}", $"--Http:Port={ports[2]}", "--Http:GrpcPort=0");
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        string error = Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(_tool.Store, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Http:Prot=1", "Http:Prot")]
    [InlineData("--Http:Port=-1", "Port")]
    [InlineData("--Http:Port", "--Http:Port")]
    [InlineData("--Http:Address=any", "supsup keys create")]
    [InlineData("frob", "'frob'")]
    [InlineData("--frob", "--frob")]
    public async Task Given_a_setting_that_cannot_be_meant_when_run_then_one_line_names_it_and_the_code_is_2(string argument, string named)
    {
        Tool.Outcome outcome = await _tool.RunAsync("silo", argument);
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains(named, Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tool.Store));
    }

    [Fact]
    public async Task Given_the_settings_option_when_run_then_each_setting_is_listed_with_its_default()
    {
        Tool.Outcome outcome = await _tool.RunAsync("silo", "--settings");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        foreach (string setting in new[] { "Http:Port = 8080", "Security:KeysFile", "Storage:Kind" })
            Assert.Contains(setting, outcome.Output, StringComparison.Ordinal);
    }

    private static async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            return (await http.GetAsync("/health/ready", Stop)).StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
