using System.Text.Json;

namespace SupSup.Cli.Tests;

/// <summary>Tasks that are trained once more, and rolled back, by the tool.</summary>
public sealed class TaskVersionTests : IDisposable
{
    private readonly Tool _tool = new();

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Given_a_task_when_trained_with_replace_then_its_versions_are_listed_and_compared_and_it_goes_back_and_forth()
    {
        string low = _tool.Pictures("low", 0, 3), high = _tool.Pictures("high", 3, 6);
        Tool.Outcome first = await _tool.RunAsync("train", "digits", "low", "--data", low, "--batches", "60");
        Assert.True(first.ExitCode == 0, first.Error);
        (await _tool.RunAsync("tasks", "rollback", "digits", "low")).ShouldFail(1, "no earlier version");
        (await _tool.RunAsync("train", "digits", "low", "--data", high, "--batches", "60")).ShouldFail(1, "--replace");
        Tool.Outcome second = await _tool.RunAsync("train", "digits", "low", "--data", high, "--batches", "60", "--replace");
        Assert.True(second.ExitCode == 0, second.Error);
        Assert.Contains("3 classes (3, 4, 5)", second.Output, StringComparison.Ordinal);

        JsonElement listed = (await _tool.RunAsync("tasks", "versions", "digits", "low", "--compare", "--json")).Json;
        Assert.Equal([2, 1], listed.GetProperty("versions").EnumerateArray().Select(one => one.GetProperty("version").GetInt32()));
        Assert.InRange(listed.GetProperty("comparison").GetProperty("agreement").GetDouble(), 0.3, 0.99);
        Tool.Outcome table = await _tool.RunAsync("tasks", "versions", "digits", "low");
        foreach (string shown in new[] { "in force", "kept until" }) Assert.Contains(shown, table.Output, StringComparison.Ordinal);

        Tool.Outcome back = await _tool.RunAsync("tasks", "rollback", "digits", "low");
        Assert.Contains("has the mask of version 1 again, as version 3", back.Output, StringComparison.Ordinal);
        JsonElement shownTask = (await _tool.RunAsync("tasks", "show", "digits", "low", "--json")).Json;
        Assert.Equal((3, "0"), (
            shownTask.GetProperty("version").GetInt32(), shownTask.GetProperty("names").GetProperty("classes")[0].GetString()));
        Assert.Contains("as version 4", (await _tool.RunAsync("tasks", "rollback", "digits", "low")).Output, StringComparison.Ordinal);
        (await _tool.RunAsync("tasks", "rollback", "digits", "low", "--to", "9")).ShouldFail(1, "version 9");
    }
}
