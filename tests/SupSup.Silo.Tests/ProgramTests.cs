using System.Diagnostics;
using SupSup.LocalCluster;

namespace SupSup.Silo.Tests;

public sealed class ProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-silo-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Given_mistakes_in_file_environment_and_flags_when_started_then_each_is_a_line_and_the_code_is_2()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "appsettings.json"), """{ "SupSup": { "Http": { "Port": 70000 } } }""", Stop);
        (int code, _, string[] errors) = await RunAsync("--Storage:Knd=azure");
        Assert.Equal(2, code);
        Assert.Equal(2, errors.Length);
        Assert.Contains("Storage:Knd", errors[0], StringComparison.Ordinal);
        Assert.Contains("Port", errors[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_file_that_is_no_json_when_started_then_one_line_names_it_and_the_code_is_2()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "appsettings.json"), "{", Stop);
        (int code, _, string[] errors) = await RunAsync();
        Assert.Equal(2, code);
        Assert.Contains("appsettings.json", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_an_address_open_to_others_and_no_keys_when_started_then_one_line_has_the_remedy_and_the_code_is_2()
    {
        (int code, _, string[] errors) = await RunAsync("--Http:Address=any");
        Assert.Equal(2, code);
        Assert.Contains("supsup keys create", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_no_blob_service_when_started_then_one_line_says_so_and_the_code_is_1()
    {
        (int code, _, string[] errors) = await RunAsync(
            "--Storage:Kind=azure",
            "--Storage:ConnectionString=DefaultEndpointsProtocol=http;AccountName=a;AccountKey=Z2VoZWlt;BlobEndpoint=http://127.0.0.1:1/a",
            "--Storage:StartSeconds=1");
        Assert.Equal(1, code);
        Assert.Contains("127.0.0.1:1", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_no_redis_when_started_then_one_line_says_so_without_the_password_and_the_code_is_1()
    {
        await using AzuriteServer azurite = await AzuriteServer.StartNewAsync(_folder, Stop);
        (int code, _, string[] errors) = await RunAsync(
            "--Storage:Kind=azure", $"--Storage:ConnectionString={azurite.ConnectionString}", "--Membership:Kind=redis",
            "--Membership:Redis=127.0.0.1:1,password=geheim", "--Membership:StartSeconds=1");
        Assert.Equal(1, code);
        string error = Assert.Single(errors);
        Assert.Contains("Redis at 127.0.0.1:1 could not be reached within 1 s", error, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Endpoints:SiloPort")]
    [InlineData("Http:Port")]
    public async Task Given_a_port_in_use_when_started_then_one_line_names_port_and_setting_and_the_code_is_1(string setting)
    {
        using System.Net.Sockets.TcpListener other = new(System.Net.IPAddress.Loopback, 0);
        other.Start();
        int port = ((System.Net.IPEndPoint)other.LocalEndpoint).Port;
        (int code, _, string[] errors) = await RunAsync($"--{setting}={port}");
        Assert.Equal(1, code);
        string error = Assert.Single(errors);
        Assert.Contains($"127.0.0.1:{port} ({setting})", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_log_in_plain_text_when_a_silo_runs_then_every_line_begins_with_the_time_in_utc()
    {
        (_, string[] log, _) = await RunAsync(
            "--Storage:Kind=azure", "--Storage:StartSeconds=1",
            "--Storage:ConnectionString=DefaultEndpointsProtocol=http;AccountName=a;AccountKey=Z2VoZWlt;BlobEndpoint=http://127.0.0.1:1/a");
        Assert.NotEmpty(log);
        Assert.All(log, line => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warn|fail|crit): ", line));
    }

    private async Task<(int Code, string[] Log, string[] Errors)> RunAsync(params string[] flags)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(
                Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"),
                ["--Endpoints:GatewayPort=0", $"--Endpoints:SiloPort={LoopbackPorts.Free(1)[0]}", .. flags])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = _folder,
            })!;
        Task<string> said = process.StandardOutput.ReadToEndAsync(Stop);
        string errors = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, Lines(await said), Lines(errors));

        static string[] Lines(string text) => text.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }
}
