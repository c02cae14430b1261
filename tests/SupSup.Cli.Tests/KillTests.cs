using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SupSup.Cli.Tests;

/// <summary>Learning on a store of one's own, with the silo in the tool's process, which is killed again and again (SIGKILL).</summary>
public sealed partial class KillTests : IDisposable
{
    private const int Killed = 128 + 9;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1";

    private readonly Tool _tool = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static int Kills => IsLong ? 30 : 3;

    // Enough that some are always left: a run that comes to its end cannot be killed.
    private static int Tasks => IsLong ? 100 : 12;

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Given_a_demo_killed_at_random_moments_when_it_is_run_to_its_end_then_no_mask_is_lost_or_changed()
    {
        Dictionary<int, byte[]> acknowledged = [];
        Random random = new(7);
        string? model = null;
        for (int kill = 0; kill < Kills; kill++)
        {
            // A moment after some tasks were stored, or after the tool has begun to learn, so that each kill falls into that.
            foreach (int task in await LearnUntilKilledAsync((kill + 1) % 3, TimeSpan.FromMilliseconds(random.Next(1500))))
            {
                model ??= Path.GetFileName(Directory.GetDirectories(Path.Combine(_tool.Store, "grainstate", "mask-task")).Single());
                acknowledged.TryAdd(task, await File.ReadAllBytesAsync(MaskOf(model, task), Stop));
            }

            foreach ((int task, byte[] mask) in acknowledged) Assert.Equal(mask, await File.ReadAllBytesAsync(MaskOf(model!, task), Stop));
        }

        Assert.NotEmpty(acknowledged);
        JsonElement report = (await _tool.RunAsync(Demo("--json"))).Json;
        Assert.Equal(Tasks, report.GetProperty("tasks").GetInt32());
        Assert.InRange(report.GetProperty("reusedTasks").GetInt32(), acknowledged.Count, Tasks);
        model = report.GetProperty("model").GetString()!;
        foreach ((int task, byte[] mask) in acknowledged) Assert.Equal(mask, await File.ReadAllBytesAsync(MaskOf(model, task), Stop));
        Assert.Equal(0, (await _tool.RunAsync("models", "health", model)).ExitCode);

        // Those of a run that nothing disturbed, bit for bit.
        string undisturbed = _tool.In("undisturbed");
        Assert.Equal(0, (await _tool.RunAsync(Demo("--store", undisturbed))).ExitCode);
        for (int task = 0; task < Tasks; task++)
            Assert.Equal(await StoredAsync(MaskOf(model, task, undisturbed)), await StoredAsync(MaskOf(model, task)));
    }

    // The tasks that it said were stored; it says so on a pipe, so that what it said before it died is heard.
    private async Task<List<int>> LearnUntilKilledAsync(int least, TimeSpan after)
    {
        using Process process = _tool.Start(Demo());
        Task drained = process.StandardOutput.ReadToEndAsync(Stop);
        List<int> stored = [];
        Task? killing = null;
        while (await process.StandardError.ReadLineAsync(Stop) is { } line)
        {
            if (Learned().Match(line) is { Success: true } match)
                stored.Add(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
            if (line.Contains("learned", StringComparison.Ordinal) && stored.Count >= least) killing ??= KillAsync();
        }

        await (killing ?? Task.CompletedTask);
        await process.WaitForExitAsync(Stop);
        await drained;
        Assert.Equal(Killed, process.ExitCode);
        return stored;

        async Task KillAsync()
        {
            await Task.Delay(after, Stop);
            process.Kill();
        }
    }

    private string[] Demo(params string[] more) =>
    [
        "demo", "--tasks", $"{Tasks}", "--batches", "200", "--images", "16", "--data", Tool.SharedData, "--out", _tool.In("out"), .. more,
    ];

    private string MaskOf(string model, int task, string? store = null) =>
        Path.Combine(store ?? _tool.Store, "grainstate", "mask-task", model, $"{task}.json");

    // A record's payload, without its header, which has an ETag of its own, and its name (docs/storage-format.md).
    private static async Task<byte[]> StoredAsync(string file)
    {
        byte[] record = await File.ReadAllBytesAsync(file, Stop);
        return record[(64 + BitConverter.ToInt32(record, 12))..];
    }

    [GeneratedRegex(@"task (\d+) learned")]
    private static partial Regex Learned();
}
