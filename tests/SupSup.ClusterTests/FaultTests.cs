using System.Diagnostics;
using System.Text.Json;
using SupSup.ClusterTests.Hosting;

namespace SupSup.ClusterTests;

public sealed class FaultTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-faults-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Given_silos_killed_storage_stopped_and_redis_restarted_when_tasks_are_learned_then_nothing_acknowledged_is_lost()
    {
        await RealData.ReadyAsync();
        bool isLong = RealData.IsLongRun;
        string tasks = isLong ? "500" : "60";
        JsonElement report = await LoadTestAsync(
            "--silos", "3", "--tasks", tasks, "--churn-tasks", tasks, "--learners", "8", "--queriers", "4", "--rate", "20", "--batches",
            isLong ? "100" : "40", "--seconds", "5", "--kill-every", isLong ? "10" : "6", "--kills", isLong ? "60" : "4",
            "--storage-outage", "5", "--restart-redis", "--verify", isLong ? "200" : "12", "--burst", "50");
        Assert.Equal(
            int.Parse(tasks, System.Globalization.CultureInfo.InvariantCulture), report.GetProperty("acknowledgedTasks").GetInt32());
        foreach (string nothing in new[] { "lostTasks", "lostBatches", "changedMasks", "changedPredictions", "errors" })
            Assert.Equal(0, report.GetProperty(nothing).GetInt32());

        string[] faults = [.. report.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("what").GetString()!)];
        Assert.InRange(faults.Count(fault => fault.EndsWith("killed", StringComparison.Ordinal)), 3, 1000);
        Assert.Contains("storage stopped for 5 s", faults);
        Assert.Contains("redis restarted", faults);

        // It recovers from every fault. Within seconds as a rule; a call that is lost with its silo waits for its timeout.
        Assert.InRange(report.GetProperty("recoverySeconds").GetDouble(), 0, 90);
        JsonElement churn = report.GetProperty("phases").EnumerateArray().Single(phase => phase.GetProperty("name").GetString() == "churn");
        Assert.InRange(churn.GetProperty("taskInferenceAccuracy").GetDouble(), 0.95, 1);
    }

    private async Task<JsonElement> LoadTestAsync(params string[] arguments)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "supsup"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        foreach (string argument in (string[])["loadtest", .. arguments, "--data", RealData.Folder, "--out",
            Path.Combine(_folder, "report"), "--json"]) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(Stop);
        Task<string> error = process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        Assert.True(process.ExitCode == 0, $"{await output}\n{await error}");
        return JsonDocument.Parse(await output).RootElement;
    }
}
