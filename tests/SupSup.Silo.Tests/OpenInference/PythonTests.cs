using System.ComponentModel;
using System.Diagnostics;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.OpenInference;

/// <summary>The samples in Python, as a user runs them.</summary>
public sealed class PythonTests(ApiSilo silo) : IClassFixture<ApiSilo>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_python_s_own_library_when_images_are_classified_then_their_tasks_are_found()
    {
        string printed = await RunAsync("classify.py", "--images", "10");
        Assert.Contains($"model {ApiSilo.Model}, {ApiSilo.Tasks} tasks", printed, StringComparison.Ordinal);
        Assert.Matches("(9|10) of 10 tasks found", printed);
    }

    [Fact]
    public async Task Given_the_messages_of_stock_clients_when_sent_then_json_and_bytes_are_answered_alike()
    {
        string printed = await RunAsync("open_inference.py");
        Assert.Contains("'live': True", printed, StringComparison.Ordinal);
        Assert.Contains("binary {'task': [", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_data_of_one_s_own_when_submitted_and_asked_about_then_most_tasks_and_classes_are_found()
    {
        string printed = await RunAsync("own_data.py", "--model", "machines");
        Assert.Contains("machine 2 learned: 300 batches", printed, StringComparison.Ordinal);
        Assert.Matches("of 300 readings: machine found (2[5-9][0-9]|300), machine and state found (2[5-9][0-9]|300)", printed);
    }

    [Fact]
    public async Task Given_triton_s_own_client_when_it_asks_over_http_and_grpc_then_all_answers_agree()
    {
        await SkipWithoutAsync("tritonclient.http, tritonclient.grpc");
        string printed = await PythonAsync(Path.Combine(Samples(), "triton_client.py"),
            "--url", silo.Http.BaseAddress!.Authority, "--grpc", silo.Grpc.Target, "--model", ApiSilo.Model);
        Assert.Equal(2, printed.Split("as images: FORMAT_NCHW [1, 28, 28]").Length - 1);
        Assert.Contains("all answers agree", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_the_protocol_s_own_stubs_when_rows_are_sent_then_numbers_and_bytes_are_answered_alike()
    {
        await SkipWithoutAsync("grpc, open_inference_grpc_pb2_grpc");
        string printed = await PythonAsync(
            Path.Combine(Samples(), "kserve_grpc.py"), "--grpc", silo.Grpc.Target, "--model", ApiSilo.Model);
        Assert.Contains($"{ApiSilo.Model} takes 784 inputs", printed, StringComparison.Ordinal);
        Assert.Contains("answered alike", printed, StringComparison.Ordinal);
    }

    private static async Task SkipWithoutAsync(string modules)
    {
        (int code, _, string errors) = await StartAsync("-c", $"import {modules}");
        Assert.SkipWhen(code != 0, $"python3 cannot import {modules}: {errors.TrimEnd().Split('\n')[^1]}");
    }

    private Task<string> RunAsync(string script, params string[] arguments) => PythonAsync(
        [Path.Combine(Samples(), script), "--url", silo.Http.BaseAddress!.ToString(), "--model", ApiSilo.Model, .. arguments]);

    private static async Task<string> PythonAsync(params string[] arguments)
    {
        (int code, string printed, string errors) = await StartAsync(arguments);
        Assert.True(code == 0, printed + errors);
        return printed;
    }

    private static async Task<(int Code, string Printed, string Errors)> StartAsync(params string[] arguments)
    {
        ProcessStartInfo start = new("python3", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("there is no python3");
        }

        using (process)
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(Stop);
            string printed = await process.StandardOutput.ReadToEndAsync(Stop);
            await process.WaitForExitAsync(Stop);
            return (process.ExitCode, printed, await errors);
        }
    }

    private static string Samples()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "SupSup.sln"))) return Path.Combine(folder.FullName, "samples", "python");
        throw new DirectoryNotFoundException($"no samples above {AppContext.BaseDirectory}");
    }
}
