using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace SupSup.Cli.Tests;

/// <summary>Runs the tool as a process of its own, on a home folder of its own with the real datasets in it.</summary>
internal sealed class Tool : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("supsup-cli-").FullName;

    public string Store => Path.Combine(Folder, "store");

    /// <summary>The cache of real datasets that all test runs share.</summary>
    public static string SharedData { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("SUPSUP_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".supsup"),
        "data");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public string In(string name) => Path.Combine(Folder, name);

    /// <summary>A small demo on real MNIST.</summary>
    public string[] Demo(int tasks, params string[] more) =>
        ["demo", "--tasks", $"{tasks}", "--batches", "40", "--images", "256", "--data", SharedData, "--out", In("out"), .. more];

    /// <summary>Runs it to its end.</summary>
    public async Task<Outcome> RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(Stop);
        Task<string> error = process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        return new Outcome(process.ExitCode, await output, await error);
    }

    /// <summary>Runs it until a line on stderr holds some words, then kills it: SIGKILL, which it cannot see coming.</summary>
    public async Task<string> KillAtAsync(string words, params string[] arguments)
    {
        using Process process = Start(arguments);
        _ = process.StandardOutput.ReadToEndAsync(Stop);
        StringBuilder seen = new();
        while (await process.StandardError.ReadLineAsync(Stop) is { } line)
        {
            seen.AppendLine(line);
            if (!line.Contains(words, StringComparison.Ordinal)) continue;
            process.Kill();
            await process.WaitForExitAsync(Stop);
            return seen.ToString();
        }

        throw new InvalidOperationException($"the tool ended without saying '{words}': {seen}");
    }

    /// <summary>Starts it.</summary>
    public Process Start(params string[] arguments)
    {
        // A shell that runs the tests in the background has its children ignore Ctrl-C, which is one of the things tested.
        ProcessStartInfo start = new("env", ["--default-signal=INT", Path.Combine(AppContext.BaseDirectory, "supsup")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["SUPSUP_HOME"] = Folder;
        return Process.Start(start)!;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    internal sealed record Outcome(int ExitCode, string Output, string Error)
    {
        public JsonElement Json
        {
            get
            {
                Assert.True(ExitCode == 0, Error);
                return JsonDocument.Parse(Output).RootElement;
            }
        }

        /// <summary>It failed with this code, nothing on stdout, and one last line on stderr that holds these words.</summary>
        public void ShouldFail(int exitCode, params string[] words)
        {
            Assert.Equal(exitCode, ExitCode);
            Assert.Empty(Output);
            string[] lines = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            string line = Assert.Single(lines, line => line.StartsWith("supsup: ", StringComparison.Ordinal));
            Assert.Equal(lines[^1], line);
            foreach (string word in words) Assert.Contains(word, line, StringComparison.Ordinal);
            Assert.DoesNotContain("unexpected", line, StringComparison.Ordinal);
        }
    }
}
