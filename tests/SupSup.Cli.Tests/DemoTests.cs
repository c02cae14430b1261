using System.Diagnostics;
using System.Text.Json;

namespace SupSup.Cli.Tests;

public sealed class DemoTests : IDisposable
{
    // Tasks are learned one per core at a time: with these, some are always left when the first are done.
    private static readonly int MoreThanAtOnce = (2 * Environment.ProcessorCount) + 1;

    private readonly Tool _tool = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Given_a_new_store_when_the_demo_runs_then_json_figure_and_tables_tell_the_same_and_the_tasks_are_found()
    {
        JsonElement report = (await _tool.RunAsync(_tool.Demo(3, "--json"))).Json;
        Assert.Equal(3, report.GetProperty("tasks").GetInt32());
        Assert.Equal("GNu", report.GetProperty("scenario").GetString());
        Assert.Equal(0, report.GetProperty("reusedTasks").GetInt32());
        Assert.InRange(report.GetProperty("givenTaskAccuracy").GetDouble(), 0.7, 1);
        Assert.InRange(report.GetProperty("taskInferenceAccuracy").GetDouble(), 0.97, 1);
        Assert.InRange(report.GetProperty("accuracy").GetDouble(), 0.3, report.GetProperty("givenTaskAccuracy").GetDouble());
        Assert.InRange(report.GetProperty("bytesPerTask").GetDouble(), 5_000, 17_500);
        Assert.True(report.GetProperty("trainSeconds").GetDouble() > 0);
        Assert.True(report.GetProperty("inferSeconds").GetDouble() > 0);
        Assert.Equal(3 * 256, report.GetProperty("inferQueries").GetInt32());
        Assert.Equal(_tool.In("out"), report.GetProperty("out").GetString());
        Assert.Equal([1, 2, 3], report.GetProperty("curve").EnumerateArray().Select(point => point.GetProperty("tasksLearned").GetInt32()));

        JsonElement kept = JsonDocument.Parse(await File.ReadAllTextAsync(_tool.In("out/results.json"), Stop)).RootElement;
        Assert.True(JsonElement.DeepEquals(report, kept));
        string[] rows = await File.ReadAllLinesAsync(_tool.In("out/results.csv"), Stop);
        Assert.Equal(4, rows.Length);
        Assert.Equal(rows[0].Count(c => c == ','), rows[3].Count(c => c == ','));
        byte[] png = await File.ReadAllBytesAsync(_tool.In("out/accuracy.png"), Stop);
        Assert.Equal("PNG"u8.ToArray(), png[1..4]);
        Assert.Contains("tasks learned", await File.ReadAllTextAsync(_tool.In("out/accuracy.svg"), Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_demo_that_ran_when_run_again_then_it_reuses_what_it_learned_says_so_and_answers_the_same()
    {
        JsonElement first = (await _tool.RunAsync(_tool.Demo(2, "--json"))).Json;
        Tool.Outcome again = await _tool.RunAsync(_tool.Demo(2, "--json"));
        Assert.Contains("all 2 tasks were learned before and are reused", again.Error, StringComparison.Ordinal);
        Assert.Equal(2, again.Json.GetProperty("reusedTasks").GetInt32());
        Assert.Equal(0, again.Json.GetProperty("trainSeconds").GetDouble());
        foreach (string figure in new[] { "accuracy", "givenTaskAccuracy", "taskInferenceAccuracy" })
            Assert.Equal(first.GetProperty(figure).GetDouble(), again.Json.GetProperty(figure).GetDouble());

        Tool.Outcome fewer = await _tool.RunAsync(_tool.Demo(1, "--json"));
        Assert.Equal(1, fewer.Json.GetProperty("tasks").GetInt32());
        Assert.Equal(1, fewer.Json.GetProperty("taskInferenceAccuracy").GetDouble());
    }

    [Fact]
    public async Task Given_a_demo_killed_half_way_when_run_again_then_it_goes_on_and_ends_with_the_masks_of_an_undisturbed_run()
    {
        string seen = await _tool.KillAtAsync("task 1 learned", _tool.Demo(MoreThanAtOnce));
        int acknowledged = seen.Split("learned and stored").Length - 1;
        Assert.InRange(acknowledged, 1, MoreThanAtOnce - 1);

        Tool.Outcome resumed = await _tool.RunAsync(_tool.Demo(MoreThanAtOnce, "--json"));
        Assert.InRange(resumed.Json.GetProperty("reusedTasks").GetInt32(), acknowledged, MoreThanAtOnce - 1);
        Assert.Equal(MoreThanAtOnce, resumed.Json.GetProperty("tasks").GetInt32());

        JsonElement undisturbed = (await _tool.RunAsync(_tool.Demo(MoreThanAtOnce, "--json", "--store", _tool.In("undisturbed")))).Json;
        string model = undisturbed.GetProperty("model").GetString()!;
        Assert.Equal(
            await ChecksumsAsync(model, _tool.In("undisturbed")),
            await ChecksumsAsync(model, _tool.Store));
    }

    [Fact]
    public async Task Given_a_demo_at_work_when_interrupted_then_it_stops_cleanly_says_so_and_loses_nothing()
    {
        string[] demo = ["demo", "--tasks", $"{MoreThanAtOnce}", "--batches", "400", "--images", "128", "--data", Tool.SharedData, "--out",
            _tool.In("out")];
        using Process demoProcess = _tool.Start(demo);
        Task<string> output = demoProcess.StandardOutput.ReadToEndAsync(Stop);
        while (await demoProcess.StandardError.ReadLineAsync(Stop) is { } line
            && !line.Contains("task 0 learned", StringComparison.Ordinal))
        {
        }

        using (Process interrupt = Process.Start("kill", ["-INT", $"{demoProcess.Id}"])) await interrupt.WaitForExitAsync(Stop);
        string error = await demoProcess.StandardError.ReadToEndAsync(Stop);
        await demoProcess.WaitForExitAsync(Stop);
        Assert.Equal(1, demoProcess.ExitCode);
        Assert.Contains("supsup: stopped; everything acknowledged is stored", error, StringComparison.Ordinal);
        Assert.Empty(await output);
        Tool.Outcome resumed = await _tool.RunAsync([.. demo, "--json"]);
        Assert.InRange(resumed.Json.GetProperty("reusedTasks").GetInt32(), 1, MoreThanAtOnce - 1);
    }

    [Fact]
    public async Task Given_fashion_images_and_a_folder_of_idx_files_when_the_demo_runs_then_both_work()
    {
        string folder = Path.Combine(Tool.SharedData, "mnist");
        JsonElement report = (await _tool.RunAsync(_tool.Demo(2, "--json", "--dataset", folder))).Json;
        Assert.InRange(report.GetProperty("taskInferenceAccuracy").GetDouble(), 0.95, 1);
        Tool.Outcome fashion = await _tool.RunAsync(_tool.Demo(2, "--json", "--dataset", "fashion-mnist"));
        if (fashion.ExitCode != 0 && fashion.Error.Contains("dataset-fashion-mnist", StringComparison.Ordinal))
            Assert.Skip("Debian's package dataset-fashion-mnist cannot be installed here");
        Assert.InRange(fashion.Json.GetProperty("taskInferenceAccuracy").GetDouble(), 0.8, 1);
    }

    private async Task<string[]> ChecksumsAsync(string model, string store)
    {
        JsonElement shown = (await _tool.RunAsync("models", "show", model, "--store", store, "--json")).Json;
        return [.. shown.GetProperty("tasks").EnumerateArray().OrderBy(task => task.GetProperty("task").GetInt32())
            .Select(task => task.GetProperty("checksum").GetString()!)];
    }
}
