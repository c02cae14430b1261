using System.Globalization;
using System.Text.RegularExpressions;

namespace SupSup.Client.Tests.Samples;

/// <summary>The sample, as its README runs it.</summary>
public sealed partial class StreamTasksTests : IDisposable
{
    private readonly string _store = Directory.CreateTempSubdirectory("supsup-client-").FullName;

    public void Dispose() => Directory.Delete(_store, recursive: true);

    [Fact]
    public async Task Given_a_silo_process_when_the_sample_runs_then_it_learns_its_tasks_and_a_second_run_finds_them_learned()
    {
        await using SiloProcess silo = await SiloProcess.StartAsync(_store);
        string[] arguments = ["--gateway", $"127.0.0.1:{silo.Gateway}", "--tasks", "2", "--batches", "40", "--images", "100", "--data",
            Path.Combine(SiloProcess.DataFolder, "mnist")];
        (int code, string output, string progress) = await RunAsync(arguments);
        Assert.True(code == 0, progress);
        Assert.Contains("task 1: learned", progress, StringComparison.Ordinal);
        Match result = Result().Match(output);
        Assert.True(result.Success, output);
        Assert.InRange(double.Parse(result.Groups[1].Value, CultureInfo.InvariantCulture), 90, 100);
        Assert.InRange(double.Parse(result.Groups[2].Value, CultureInfo.InvariantCulture), 50, 100);

        (code, string again, progress) = await RunAsync(arguments);
        Assert.Equal((0, output), (code, again));
        Assert.DoesNotContain("trained", progress, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_mistakes_when_the_sample_runs_then_it_says_what_is_wrong()
    {
        (int code, string output, string error) = await RunAsync("--tasks", "none");
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("invalid option '--tasks none'\nusage: ", error, StringComparison.Ordinal);
        (code, _, error) = await RunAsync("--gateway", "nowhere");
        Assert.Equal(1, code);
        Assert.Equal("'nowhere' is not a gateway address; write host:port, such as 127.0.0.1:30000", error.TrimEnd());
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        SampleProgram.RunAsync("StreamTasks", arguments);

    [GeneratedRegex(@"^2 tasks, 200 images of unknown task: task right ([\d.]+)\s*%, task and class right ([\d.]+)\s*%\n$")]
    private static partial Regex Result();
}
