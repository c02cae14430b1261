using System.Diagnostics;

namespace SupSup.Cli.Tests;

/// <summary>Commands that are programs of their own.</summary>
public sealed class InstrumentTests : IDisposable
{
    private readonly Tool _tool = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _tool.Dispose();

    [Theory, InlineData("bench"), InlineData("loadtest")]
    public async Task Given_an_instrument_when_the_tool_is_asked_for_help_then_its_line_is_the_instruments_own_description(
        string instrument)
    {
        string help = (await _tool.RunAsync(instrument, "--help")).Output;
        string description = help.Split('\n')[1].Trim();
        Assert.Contains($"supsup {instrument} [options]", help, StringComparison.Ordinal);
        Assert.Contains(description, string.Join(' ', (await _tool.RunAsync("--help")).Output.Split(
            (char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_running_instrument_when_the_tools_process_is_told_to_stop_then_the_instrument_ends_as_the_tool_would()
    {
        string data = _tool.In("data");
        Directory.CreateSymbolicLink(data, Tool.SharedData);
        string folder = Directory.CreateDirectory(_tool.In("bench")).FullName;
        using FileSystemWatcher masks = new(folder, "*.mask") { IncludeSubdirectories = true };
        TaskCompletionSource trained = new();
        masks.Renamed += (_, _) => trained.TrySetResult();
        masks.EnableRaisingEvents = true;
        using Process bench = _tool.Start("bench", "--only", "oneshot", "--trained", "100000");
        Task<string> output = bench.StandardOutput.ReadToEndAsync(Stop);
        await Task.WhenAny(trained.Task, bench.WaitForExitAsync(Stop));
        using (Process interrupt = Process.Start("kill", ["-INT", $"{bench.Id}"])) await interrupt.WaitForExitAsync(Stop);
        string errors = await bench.StandardError.ReadToEndAsync(Stop);
        await bench.WaitForExitAsync(Stop);
        Assert.Equal((1, ""), (bench.ExitCode, await output));
        Assert.EndsWith("supsup: stopped\n", errors, StringComparison.Ordinal);
    }

    [Theory, InlineData("bench", "SupSup.Bench"), InlineData("loadtest", "SupSup.LoadTest")]
    public async Task Given_an_installation_without_an_instrument_when_it_is_run_then_one_line_names_what_is_missing(
        string instrument, string program)
    {
        string installed = Directory.CreateDirectory(_tool.In("installed/release")).FullName;
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory))
        {
            string name = Path.GetFileName(file);
            if (name is "supsup" or "supsup.runtimeconfig.json"
                || (name.EndsWith(".dll", StringComparison.Ordinal) && name is not ("SupSup.Bench.dll" or "SupSup.LoadTest.dll")))
                File.Copy(file, Path.Combine(installed, name));
        }

        using Process tool = Process.Start(new ProcessStartInfo(Path.Combine(installed, "supsup"), [instrument])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        string errors = await tool.StandardError.ReadToEndAsync(Stop);
        await tool.WaitForExitAsync(Stop);
        Assert.Equal((1, ""), (tool.ExitCode, await tool.StandardOutput.ReadToEndAsync(Stop)));
        Assert.Contains(program, Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
