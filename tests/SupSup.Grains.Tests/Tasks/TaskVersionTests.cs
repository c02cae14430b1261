using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Tasks;

/// <summary>Tasks that are trained once more: what is kept of the version before, and what a crash leaves.</summary>
public sealed class TaskVersionTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Given_a_learned_task_when_it_is_trained_once_more_and_rolled_back_then_inference_follows_and_both_can_be_asked()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        (SupSupModel model, TaskSummary first) = await LearnAsync(silo);
        await ShouldFindAsync(model, of: 1);
        TaskSummary second = await model.LearnAsync(1, Replacing(5, 1), cancellationToken: Stop);
        Assert.Equal(2, second.Version);
        Assert.NotEqual(first.Checksum, second.Checksum);
        Assert.Contains(second, (await model.DescribeAsync(Stop)).Tasks);
        await ShouldFindAsync(model, of: 5);

        TaskVersion[] versions = [.. await model.ListVersionsAsync(1, Stop)];
        Assert.Equal([(2, true), (1, false)], versions.Select(one => (one.Summary.Version, one.InForce)));
        Assert.Equal(first, versions[1].Summary);
        (InputBatch inputs, int[] labels) = await RealData.TestImagesAsync(1, 0, 100);
        Assert.True(Right(await model.PredictVersionAsync(1, 1, inputs, Stop), labels) > 60);
        Assert.True(Right(await model.PredictAsync(1, inputs, Stop), labels) < 40);
        Assert.Equal(await model.EvaluateAsync(1, Replacing(5, 1).Data, Stop), await model.EvaluateVersionAsync(1, 2, null, Stop));
        Assert.InRange((await model.EvaluateVersionAsync(1, 1, null, Stop)).Accuracy, 0.6, 1);
        VersionComparison compared = await model.CompareVersionsAsync(1, 1, 2, null, Stop);
        Assert.Equal(784 * 100 + 100 * 50, compared.Weights);
        Assert.InRange(compared.Agreement, 0.3, 0.99);
        Assert.True(compared.OtherTested!.Value.Accuracy > compared.OneTested!.Value.Accuracy + 0.2, $"{compared}");
        VersionComparison same = await model.CompareVersionsAsync(1, 2, 2, null, Stop);
        Assert.Equal((1.0, same.OneTested!.Value.Rows), (same.Agreement, same.SameAnswers));

        TaskSummary back = await model.RollBackAsync(1, 1, Stop);
        Assert.Equal((3, first.Checksum, first.Order), (back.Version, back.Checksum, back.Order));
        Assert.Equal(back, await model.RollBackAsync(1, 1, Stop)); // once more: nothing changes
        await ShouldFindAsync(model, of: 1);
        Assert.Equal(first.Checksum, (await model.GetMaskAsync(1, Stop)) is { } mask ? Core.Masks.MaskFile.Checksum(mask.File) : "");
        Assert.Equal(4, (await model.RollBackAsync(1, 2, Stop)).Version); // and forth
        await ShouldFindAsync(model, of: 5);
        await Expect.ErrorAsync(SupSupError.NotFound, () => model.RollBackAsync(1, 9, Stop), "version 9", "Tasks:KeepVersionHours");
    }

    [Fact]
    public async Task Given_an_order_that_replaces_a_version_when_repeated_or_late_then_it_is_trained_once_and_the_late_is_refused()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        (SupSupModel model, _) = await LearnAsync(silo);
        TaskSummary second = await model.LearnAsync(1, Replacing(5, 1), cancellationToken: Stop);
        Assert.Equal(second, await model.LearnAsync(1, Replacing(5, 1), cancellationToken: Stop));
        await Expect.ErrorAsync(
            SupSupError.Conflict, () => model.LearnAsync(1, Replacing(6, 1), cancellationToken: Stop), "version 2", "version 1");
        await Expect.ErrorAsync(SupSupError.NotFound, () => model.LearnAsync(3, Replacing(6, 1), cancellationToken: Stop), "not learned");
        await Expect.ErrorAsync(
            SupSupError.Conflict, () => model.LearnAsync(1, RealData.Order(1), cancellationToken: Stop), "another order");
        TrainingOrder submitted = new() { Data = null, Replaces = 2 };
        await Expect.ErrorAsync(SupSupError.InvalidRequest, async () =>
        {
            await foreach (TrainingProgress _ in model.TrainAsync(1, submitted, Stop)) { }
        }, "submitted batches");

        // The same data once more are a version of their own.
        Assert.Equal(3, (await model.LearnAsync(1, Replacing(5, 2), cancellationToken: Stop)).Version);
        Assert.Equal([3, 2], (await model.ListVersionsAsync(1, Stop)).Select(one => one.Summary.Version));
        await ShouldFindAsync(model, of: 5);
    }

    [Fact]
    public async Task Given_a_training_in_place_of_a_version_when_it_is_cancelled_then_that_is_told_and_the_version_stays_in_force()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        (SupSupModel model, TaskSummary first) = await LearnAsync(silo);
        TrainingState last = TrainingState.Untrained;
        await foreach (TrainingProgress progress in model.TrainAsync(1, Replacing(5, 1) with { Batches = 1_000_000 }, Stop))
        {
            last = progress.State;
            if (last == TrainingState.Training) await model.CancelTrainingAsync(1, Stop);
        }

        Assert.Equal(TrainingState.Cancelled, last);
        await ShouldFindAsync(model, of: 1);
        Assert.Equal([first], (await model.ListVersionsAsync(1, Stop)).Select(one => one.Summary));
        Assert.Equal(first, await model.LearnAsync(1, RealData.Order(1), cancellationToken: Stop));
        Assert.Equal(2, (await model.LearnAsync(1, Replacing(5, 1), cancellationToken: Stop)).Version);
    }

    [Fact]
    public async Task Given_versions_when_the_silo_restarts_then_they_are_kept_and_all_is_deleted_with_the_task()
    {
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            (SupSupModel model, _) = await LearnAsync(silo);
            await model.LearnAsync(1, Replacing(5, 1), cancellationToken: Stop);
            await model.RenameTaskAsync(1, "renamed", Stop);
        }

        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            await ShouldFindAsync(model, of: 5);
            TaskSummary back = await model.RollBackAsync(1, 1, Stop);
            Assert.Equal("renamed", back.Names?.Task); // names are the task's, not the version's
            await ShouldFindAsync(model, of: 1);
        }

        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            await ShouldFindAsync(model, of: 1);
            await model.DeleteTaskAsync(1, Stop);
        }

        Assert.DoesNotContain(
            Directory.EnumerateFiles(_store.Folder, "*.json", SearchOption.AllDirectories),
            file => file.Contains("mask-task/m/1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_crash_while_a_version_is_replaced_when_the_silo_starts_then_the_one_before_is_in_force_and_the_order_goes_on(
        bool beforeTheMetadata)
    {
        string[] named = Named(beforeTheMetadata);
        TaskSummary second;
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            (SupSupModel model, _) = await LearnAsync(silo);
            foreach (string file in named) File.Copy(file, $"{file}.before");
            second = await model.LearnAsync(1, Replacing(5, 1), cancellationToken: Stop);
        }

        foreach (string file in named) File.Move($"{file}.before", file, overwrite: true);
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            await ShouldFindAsync(model, of: 1);
            TaskSummary again = await model.LearnAsync(1, Replacing(5, 1), cancellationToken: Stop);
            Assert.Equal((2, second.Checksum), (again.Version, again.Checksum));
            await ShouldFindAsync(model, of: 5);
            Assert.Equal(3, (await model.RollBackAsync(1, 1, Stop)).Version);
            await ShouldFindAsync(model, of: 1);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_crash_while_a_task_is_rolled_back_when_the_silo_starts_then_the_version_is_in_force_and_repeating_goes_on(
        bool beforeTheMetadata)
    {
        string[] named = Named(beforeTheMetadata);
        string own = _store.File("mask", "task", "m/1");
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            (SupSupModel model, _) = await LearnAsync(silo);
            await model.LearnAsync(1, Replacing(5, 1), cancellationToken: Stop);
            foreach (string file in (string[])[.. named, own]) File.Copy(file, $"{file}.before");
            await model.RollBackAsync(1, 1, Stop);
        }

        foreach (string file in (string[])[.. named, own]) File.Move($"{file}.before", file, overwrite: true);
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            await ShouldFindAsync(model, of: 5); // as the directory has it
            Assert.Equal(3, (await model.RollBackAsync(1, 1, Stop)).Version);
            await ShouldFindAsync(model, of: 1);
        }
    }

    [Fact]
    public async Task Given_no_time_to_keep_versions_when_a_task_is_trained_once_more_then_the_one_before_is_gone_and_its_record_too()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder, settings => settings.Tasks.KeepVersionHours = 0);
        (SupSupModel model, _) = await LearnAsync(silo);
        await model.LearnAsync(1, Replacing(5, 1), cancellationToken: Stop);
        Assert.Equal([2], (await model.ListVersionsAsync(1, Stop)).Select(one => one.Summary.Version));
        await Expect.ErrorAsync(SupSupError.NotFound, () => model.RollBackAsync(1, 1, Stop), "version 1", "Tasks:KeepVersionHours");
        Assert.False(File.Exists(_store.File("mask", "task", "m/1")));
        Assert.True(File.Exists(_store.File("mask", "task", "m/1/2")));
        await ShouldFindAsync(model, of: 5);
    }

    // The records that say which mask is in force: the task's, and after it the model's directory.
    private string[] Named(bool both) =>
        both ? [_store.File("tasks", "directory", "m/0"), _store.File("task", "task", "m/1")] : [_store.File("tasks", "directory", "m/0")];

    private static TrainingOrder Replacing(int data, int version) => RealData.Order(data) with { Replaces = version };

    private static int Right(TaskPredictions predictions, int[] labels) =>
        predictions.Classes.Zip(labels).Count(pair => pair.First == pair.Second);

    private static async Task<(SupSupModel Model, TaskSummary First)> LearnAsync(TestSilo silo)
    {
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        TaskSummary[] learned = await Task.WhenAll(
            Enumerable.Range(0, 2).Select(task => model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop)));
        return (model, learned[1]);
    }

    // Task 1 has the mask of a permutation: its images are found to be the task's, among all and where the task is given.
    private static async Task ShouldFindAsync(SupSupModel model, int of)
    {
        (InputBatch inputs, int[] labels) = await RealData.TestImagesAsync(of, 0, 40);
        Prediction[] found = await model.InferAsync(inputs, cancellationToken: Stop);
        Assert.True(
            found.Where((answer, row) => answer.Task == 1 && answer.Class == labels[row]).Count() >= 24,
            string.Join(' ', found.Select(answer => $"{answer.Task}:{answer.Class}")));
        int[] tasks = [.. Enumerable.Repeat(1, labels.Length)];
        Assert.True(Right(await model.PredictAsync(tasks, inputs, Stop), labels) >= 26);
    }
}
