using SupSup.Core.Reservoirs;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Tests.Running;

public sealed class HopRunTests
{
    private static readonly ExperimentConfig Config = Small.Config with
    {
        Method = ExperimentConfig.HopMethod,
        Tasks = 3,
        Scenario = Scenario.GNs,
        Network = "flatten-160-normbatch-swish-160-normbatch-swish",
        Outputs = 5,
        Recipe = "fast",
        Batches = null,
        BatchSize = null,
        Checkpoints = [2],
        Hop = new()
        {
            Training = new() { BatchSize = 24, Epochs = 3 },
            Recovery = new() { Rule = RecoveryRule.Projection, BatchSize = 24, Steps = 10, Rate = 0.3, Decay = 0 },
        },
    };

    [Fact]
    public async Task Given_masks_in_reservoirs_when_run_then_tasks_are_learned_and_recoveries_reported()
    {
        string folder = Small.NewFolder();

        ExperimentResult result = await Small.RunAsync(Config, folder);

        CheckpointResult last = result.Checkpoints[^1];
        Assert.Equal([0, 1, 2], last.Recoveries!.Value.Select(recovery => recovery.Task));
        Assert.All(last.Recoveries!.Value, recovery => Assert.Equal(10, recovery.Distances.Length));
        Assert.True(result.GivenTaskAccuracy > 0.6, $"the task given: {result.GivenTaskAccuracy}");
        Assert.True(last.Recovered >= 2, $"{last.Recovered} recovered");
        Assert.Equal(2 * sizeof(float) * ((160 * 161 / 2) + 160), result.Bytes);
        Assert.Equal(result.Checkpoints[0].Bytes, result.Bytes);
        Assert.True(File.Exists(Path.Combine(folder, "recovery.png")));
        Assert.Contains($"| share of masks recovered in full | {Numbers.Share(last.Recovered / 3.0)} |", await File.ReadAllTextAsync(
            Path.Combine(folder, "summary.md"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Given_a_run_that_was_cut_off_when_run_again_then_it_goes_on_to_the_same_result()
    {
        ExperimentResult whole = await Small.RunAsync(Config, Small.NewFolder());
        string folder = Small.NewFolder();
        using CancellationTokenSource cut = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Small.RunAsync(Config, folder, new Small.Silent(() =>
        {
            if (File.Exists(Path.Combine(folder, "checkpoints", "00002.json"))) cut.Cancel();
        }), cut.Token));
        Assert.False(File.Exists(Path.Combine(folder, "results.json")));

        ExperimentResult resumed = await Small.RunAsync(Config, folder);

        Assert.Equal(
            whole.Checkpoints.SelectMany(checkpoint => checkpoint.Tasks), resumed.Checkpoints.SelectMany(checkpoint => checkpoint.Tasks));
        Assert.Equal(
            whole.Checkpoints[^1].Recoveries!.Value.SelectMany(recovery => recovery.Distances),
            resumed.Checkpoints[^1].Recoveries!.Value.SelectMany(recovery => recovery.Distances));
    }

    [Fact]
    public async Task Given_a_damaged_mask_when_run_again_then_the_error_names_the_file()
    {
        string folder = Small.NewFolder();
        await Small.RunAsync(Config, folder);
        File.Delete(Path.Combine(folder, "results.json"));
        string record = Path.Combine(folder, "tasks", "00001.json");
        string text = await File.ReadAllTextAsync(record, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            record, text.Replace("\"mask\": \"", "\"mask\": \"AAAA", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        IOException error = await Assert.ThrowsAsync<IOException>(() => Small.RunAsync(Config, folder));

        Assert.Contains($"{record} is damaged", error.Message);
    }

    [Theory]
    [InlineData("network", "masks of gains need linear layers with normbatch-swish")]
    [InlineData("scenario", "use scenario GNs")]
    [InlineData("batches", "leave out batches")]
    [InlineData("storage", "has no reservoirs")]
    [InlineData("steps", "the recovery's steps must be at least 1, not 0")]
    public async Task Given_settings_that_do_not_go_together_when_run_then_the_error_names_the_remedy(string wrong, string expected)
    {
        ExperimentConfig config = wrong switch
        {
            "network" => Config with { Network = "48-32" },
            "scenario" => Config with { Scenario = Scenario.GG },
            "batches" => Config with { Batches = 10 },
            "storage" => Small.Config with { Storage = StorageRule.Hebb },
            _ => Config with { Hop = new() { Recovery = new() { Steps = 0 } } },
        };

        Assert.Contains(
            expected, (await Assert.ThrowsAsync<ArgumentException>(() => Small.RunAsync(config, Small.NewFolder()))).Message);
    }

    [Theory]
    [InlineData(new[] { 5, 3, 0, 0 }, 3)]
    [InlineData(new[] { 5, 0, 1, 0 }, 4)]
    [InlineData(new[] { 0, 0 }, 1)]
    [InlineData(new[] { 0, 2 }, null)]
    public void Given_distances_when_asked_for_steps_then_from_there_the_mask_stays_the_tasks_own(int[] distances, int? steps) =>
        Assert.Equal(steps, new MaskRecovery(0, [.. distances]).Steps);
}
