using SupSup.Experiments.Configuration;
using SupSup.Experiments.Suites;
using SupSup.Experiments.Tests.Methods;
using SupSup.Experiments.Tests.Running;

namespace SupSup.Experiments.Tests.Suites;

public sealed class StepsRunTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_finished_run_when_steps_are_measured_then_one_step_is_one_shot_and_the_run_stays_as_it_is()
    {
        string folder = Small.NewFolder();
        await Small.RunAsync(Small.Config with { Scenario = Scenario.GG }, folder);
        DateTime[] written = Written(folder);

        StepsResult found = await RunAsync(folder, new StepsOptions([1, 4], 60, "H"));

        Assert.Equal(("H", 60, 1), (found.Objective, found.Queries, found.ImagesPerQuery));
        Assert.Equal(
            [("optimized", 1), ("optimized", 4), ("one-shot", null), ("binary", null), ("shortlist", null), ("exhaustive", null),
                ("evidence", (int?)null)],
            found.Figures.Select(figure => (figure.Inference, figure.Steps)));
        Assert.Equal(found.Figures[2] with { Milliseconds = 0 }, found.Figures[0] with
        {
            Inference = "one-shot",
            Steps = null,
            Milliseconds = 0,
        });
        Assert.All(found.Figures, figure => Assert.InRange(figure.Accuracy, 0.3, figure.TaskFound));
        Assert.InRange(found.GivenTaskAccuracy, 0.6, 1);
        Assert.Equal(written, Written(folder));
        found.Write(Path.Combine(folder, "steps"));
        Assert.Equal(8, (await File.ReadAllLinesAsync(Path.Combine(folder, "steps.csv"), Stop)).Length);
        Assert.True(new FileInfo(Path.Combine(folder, "steps.png")).Length > 1000);
    }

    [Fact]
    public async Task Given_a_run_without_masks_of_tasks_when_steps_are_measured_then_the_error_names_it()
    {
        string folder = Small.NewFolder();
        await Small.RunAsync(Small.Config with { Method = "own-weights", Scenario = Scenario.GG, Tasks = 1, Checkpoints = [] }, folder);

        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => RunAsync(folder, new StepsOptions([1], 10)));

        Assert.Contains($"{folder} is a run of method own-weights", error.Message, StringComparison.Ordinal);
    }

    private static Task<StepsResult> RunAsync(string folder, StepsOptions options) =>
        new StepsRun(new Small.Silent()).RunAsync(folder, _ => Task.FromResult(SmallData.Images), options, Stop);

    private static DateTime[] Written(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order().Select(File.GetLastWriteTimeUtc)];
}
