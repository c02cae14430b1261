using SupSup.Core.Datasets;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Suites;
using SupSup.Experiments.Tests.Methods;
using SupSup.Experiments.Tests.Running;

namespace SupSup.Experiments.Tests.Suites;

public sealed class SuiteRunTests
{
    private static readonly ExperimentConfig Model = Small.Config with { Name = "small" };
    private static readonly ExperimentConfig Groups =
        Model with { Name = "groups", Dataset = SuiteData.Omniglot, Family = $"grouped:{SmallData.Classes}", Tasks = 2 };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_rows_of_one_model_when_run_again_then_their_masks_are_shared_and_kept_and_the_figures_are_the_same()
    {
        string folder = Small.NewFolder();
        SuiteRow[] rows = [new(Model, 2), new(Model, 4)];

        SuiteResult first = await RunAsync(rows, folder);
        DateTime[] written = Written(folder);
        SuiteResult second = await RunAsync(rows, folder);

        Assert.Equal(4, written.Length);
        Assert.Equal(written, Written(folder));
        Assert.Equal(["small-2", "small-4"], first.Rows.Select(row => row.Name));
        Assert.Equal(Figures(first), Figures(second));
        Assert.All(first.Rows, row =>
        {
            Assert.Equal(
                ["one-shot H", "one-shot G", "shortlist", "binary", "exhaustive", "evidence"], row.Rules.Select(rule => rule.Rule));
            Assert.Equal(row.Rules.Single(rule => rule.Rule == "evidence").Single.TaskFound,
                row.Rules.Single(rule => rule.Rule == "shortlist").Single.TaskFound);
            Assert.All(row.Rules, rule => Assert.True(rule.Single.Accuracy <= rule.Single.TaskFound));
            Assert.InRange(row.GivenTaskAccuracy, 0.6, 1);
        });
    }

    [Fact]
    public async Task Given_no_data_for_a_row_when_run_then_it_is_named_and_left_out() =>
        Assert.Equal(["groups-2"], (await RunAsync([new(Groups, 2)], Small.NewFolder())).LeftOut);

    [Fact]
    public async Task Given_classes_in_groups_when_run_then_each_group_is_a_task_whose_classes_are_numbered_from_0()
    {
        Dataset all = SmallData.Images;
        Dataset tens = new("tens", InTwoGroups(all.Train), InTwoGroups(all.Test), 2 * all.Classes, all.Normalization);

        SuiteRowResult row = (await RunAsync([new(Groups, 2)], Small.NewFolder(), tens)).Rows.Single();

        Assert.Equal((80, 2), (row.Images, row.Batches));
        Assert.InRange(row.BatchSize, 90, 100);
        Assert.InRange(row.GivenTaskAccuracy, 0.6, 1);
    }

    // Every second image is of the second group, whose classes look like those of the first.
    private static ExampleSet InTwoGroups(ExampleSet set) =>
        set.WithLabels([.. set.Labels.Select((label, n) => label + (n % 2 * SmallData.Classes))]);

    private static Task<SuiteResult> RunAsync(IReadOnlyList<SuiteRow> rows, string folder, Dataset? grouped = null) => new SuiteRun(
        new SuiteData(
            (name, _) => Task.FromResult(name == "grouped" ? grouped! : SmallData.Images), grouped is null ? null : "grouped", null),
        new Small.Silent()).RunAsync(rows, 80, folder, Stop);

    private static DateTime[] Written(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.supmask", SearchOption.AllDirectories).Order().Select(File.GetLastWriteTimeUtc)];

    private static IEnumerable<(string, double, double, double, double)> Figures(SuiteResult result) =>
        result.Rows.SelectMany(row => row.Rules.Select(rule => (
            $"{row.Name} {rule.Rule}", rule.Single.TaskFound, rule.Single.Accuracy, rule.Batch.TaskFound, rule.Batch.Accuracy)));
}
