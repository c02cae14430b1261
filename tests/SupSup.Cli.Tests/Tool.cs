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

    /// <summary>Real digits as pictures in folders: some classes of MNIST, 60 of each to learn from and 10 to test.</summary>
    public string Pictures(string name, int from, int to)
    {
        string folder = In(name);
        foreach ((string half, string prefix, int count) in new[] { ("train", "train", 60), ("test", "t10k", 10) })
        {
            byte[] images = File.ReadAllBytes(Path.Combine(SharedData, "mnist", $"{prefix}-images-idx3-ubyte"));
            byte[] labels = File.ReadAllBytes(Path.Combine(SharedData, "mnist", $"{prefix}-labels-idx1-ubyte"));
            for (int digit = from; digit < to; digit++)
            {
                string own = Directory.CreateDirectory(Path.Combine(folder, half, $"{digit}")).FullName;
                int[] chosen = [.. Enumerable.Range(0, labels.Length - 8).Where(n => labels[8 + n] == digit).Take(count)];
                foreach (int n in chosen)
                    File.WriteAllBytes(Path.Combine(own, $"{n}.bmp"), Bitmap(images.AsSpan(16 + n * 784, 784)));
            }
        }

        return folder;
    }

    // 24 bits a pixel, the lowest row first; 84 bytes a row need no filling up.
    private static byte[] Bitmap(ReadOnlySpan<byte> levels)
    {
        byte[] file = new byte[54 + 784 * 3];
        "BM"u8.CopyTo(file);
        BitConverter.TryWriteBytes(file.AsSpan(2), file.Length);
        BitConverter.TryWriteBytes(file.AsSpan(10), 54);
        BitConverter.TryWriteBytes(file.AsSpan(14), 40);
        BitConverter.TryWriteBytes(file.AsSpan(18), 28);
        BitConverter.TryWriteBytes(file.AsSpan(22), 28);
        BitConverter.TryWriteBytes(file.AsSpan(26), 1 + (24 << 16));
        for (int n = 0; n < 784; n++) file.AsSpan(54 + 3 * ((27 - n / 28) * 28 + n % 28), 3).Fill(levels[n]);
        return file;
    }

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
