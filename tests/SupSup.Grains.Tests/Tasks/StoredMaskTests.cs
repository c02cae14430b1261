using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Tasks;

public sealed class StoredMaskTests : IAsyncLifetime
{
    private readonly TemporaryStore _store = new();
    private TaskSummary[] _learned = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        _learned = await Task.WhenAll(
            Enumerable.Range(0, 2).Select(task => model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop)));
    }

    public ValueTask DisposeAsync()
    {
        _store.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Given_a_damaged_mask_file_when_used_then_it_is_named_the_others_work_and_nothing_is_overwritten()
    {
        string file = _store.File("mask", "task", "m/1");
        byte[] damaged = await File.ReadAllBytesAsync(file, Stop);
        damaged[1000] ^= 0x10;
        await File.WriteAllBytesAsync(file, damaged, Stop);

        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.OpenAsync("m", Stop);
        (InputBatch inputs, _) = await RealData.TestImagesAsync(0, 0, 8);
        await Expect.ErrorAsync(SupSupError.Damaged, () => model.GetMaskAsync(1, Stop), file);
        await Expect.ErrorAsync(SupSupError.Damaged, () => model.LearnAsync(1, RealData.Order(1), cancellationToken: Stop), file);
        await Expect.ErrorAsync(SupSupError.Damaged, () => model.PredictAsync(1, inputs, Stop), file);
        await Expect.ErrorAsync(SupSupError.Damaged, () => model.PredictAsync([0, 0, 0, 1, 0, 0, 0, 0], inputs, Stop), file);
        await Expect.ErrorAsync(
            SupSupError.Damaged, () => model.InferAsync(inputs, new InferenceOptions { Candidates = [0, 1] }, Stop), file);
        Assert.Equal(8, (await model.PredictAsync(0, inputs, Stop)).Classes.Length);
        Assert.Equal(8, (await model.PredictAsync([.. Enumerable.Repeat(0, 8)], inputs, Stop)).Classes.Length);
        Assert.Equal(8, (await model.InferAsync(inputs, new InferenceOptions { Candidates = [0] }, Stop)).Length);
        Assert.All(await model.InferAsync(inputs, cancellationToken: Stop), prediction => Assert.Equal(
            (0, 1), (prediction.Task, prediction.LeftOut)));
        ModelHealth health = await model.CheckHealthAsync(Stop);
        Assert.False(health.IsWhole);
        Assert.Equal(2, health.Tasks);
        MaskFailure failure = Assert.Single(Assert.Single(health.Shards).Failures);
        Assert.Equal(1, failure.Task);
        Assert.Contains(file, failure.Message, StringComparison.Ordinal);
        Assert.Equal(damaged, await File.ReadAllBytesAsync(file, Stop));

        // Tasks that are learned meanwhile are found, and a restored file is found without a restart.
        await model.LearnAsync(2, RealData.Order(2), cancellationToken: Stop);
        Assert.All(await model.InferAsync((await RealData.TestImagesAsync(2, 0, 8)).Inputs, cancellationToken: Stop),
            prediction => Assert.Equal(1, prediction.LeftOut));
        damaged[1000] ^= 0x10;
        await File.WriteAllBytesAsync(file, damaged, Stop);
        await Eventually(async () => (await model.InferAsync(inputs, cancellationToken: Stop)).All(prediction => prediction.LeftOut == 0));
        Assert.True((await model.CheckHealthAsync(Stop)).IsWhole);
        Assert.Equal(_learned[1].Checksum, (await model.LearnAsync(1, RealData.Order(1), cancellationToken: Stop)).Checksum);
    }

    [Fact]
    public async Task Given_a_mask_that_is_lost_while_it_is_in_memory_when_the_shard_restarts_then_the_others_still_answer()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.OpenAsync("m", Stop);
        (InputBatch inputs, _) = await RealData.TestImagesAsync(0, 0, 8);
        Assert.All(await model.InferAsync(inputs, cancellationToken: Stop), prediction => Assert.Equal(0, prediction.LeftOut));
        File.Delete(_store.File("mask", "task", "m/1"));
        await silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, Stop);
        await Eventually(async () => (await model.InferAsync(inputs, cancellationToken: Stop)).All(
            prediction => (prediction.Task, prediction.LeftOut) == (0, 1)));
    }

    [Fact]
    public async Task Given_no_mask_that_can_be_read_when_asked_then_one_is_named()
    {
        foreach (int task in new[] { 0, 1 }) File.Delete(_store.File("mask", "task", $"m/{task}"));
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.OpenAsync("m", Stop);
        (InputBatch inputs, _) = await RealData.TestImagesAsync(0, 0, 8);
        await Expect.ErrorAsync(SupSupError.Damaged, () => model.InferAsync(inputs, cancellationToken: Stop), "no mask of model 'm'", "m/");
    }

    [Fact]
    public async Task Given_a_lost_mask_that_cannot_be_made_the_same_when_ordered_again_then_it_becomes_a_new_version_everywhere()
    {
        // Metadata of the same order, but of a mask on other weights, as if made on another kind of processor; of a release whose records
        // did not say whose they are.
        TaskSummary replaced;
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder, settings => settings.Storage.RecordVersion = 1))
        {
            SupSupModel other = await silo.Client.CreateAsync("other", RealData.Spec with { Seed = 8 }, Stop);
            replaced = await other.LearnAsync(1, RealData.Order(1), cancellationToken: Stop);
        }

        File.Copy(_store.File("task", "task", "other/1"), _store.File("task", "task", "m/1"), overwrite: true);
        File.Delete(_store.File("mask", "task", "m/1"));
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            (InputBatch inputs, _) = await RealData.TestImagesAsync(1, 0, 20);
            TaskSummary again = await model.LearnAsync(1, RealData.Order(1), cancellationToken: Stop);
            Assert.Equal((2, _learned[1].Checksum), (again.Version, again.Checksum));
            Assert.NotEqual(replaced.Checksum, again.Checksum);
            Assert.Equal([0, 1], (await model.DescribeAsync(Stop)).Tasks.Select(task => task.Task).Order());
            Assert.Contains(again, (await model.DescribeAsync(Stop)).Tasks);
            Assert.InRange((await model.InferAsync(inputs, cancellationToken: Stop)).Count(prediction => prediction.Task == 1), 18, 20);
        }
    }

    [Fact]
    public async Task Given_a_missing_mask_file_when_used_then_it_is_named_and_the_same_order_makes_the_same_mask_again()
    {
        File.Delete(_store.File("mask", "task", "m/1"));
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.OpenAsync("m", Stop);
        (InputBatch inputs, _) = await RealData.TestImagesAsync(1, 0, 8);
        await Expect.ErrorAsync(
            SupSupError.Damaged, () => model.PredictAsync(1, inputs, Stop), "m/1", "missing", "recipe fast, 60 batches");
        Assert.All(await model.InferAsync(inputs, cancellationToken: Stop), prediction => Assert.Equal(1, prediction.LeftOut));
        await Expect.ErrorAsync(
            SupSupError.Conflict, () => model.LearnAsync(1, RealData.Order(1, batches: 10), cancellationToken: Stop), "m/1");
        Assert.Equal(_learned[1].Checksum, (await model.LearnAsync(1, RealData.Order(1), cancellationToken: Stop)).Checksum);
        Assert.Equal(2, (await model.DescribeAsync(Stop)).Tasks.Length);
        await Eventually(async () => (await model.InferAsync(inputs, cancellationToken: Stop)).All(prediction => prediction.LeftOut == 0));
    }

    [Fact]
    public async Task Given_a_crash_between_mask_and_directory_when_ordered_again_then_the_task_is_entered()
    {
        // What a crash leaves before the metadata, and before the directory, were written.
        string metadata = _store.File("task", "task", "m/1");
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.CreateAsync("n", RealData.Spec, Stop);
            await model.LearnAsync(0, RealData.Order(0), cancellationToken: Stop);
        }

        File.Delete(metadata);
        File.Delete(_store.File("tasks", "directory", "n/0"));
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel withoutMetadata = await silo.Client.OpenAsync("m", Stop);
            Assert.Equal(_learned[1].Checksum, (await withoutMetadata.LearnAsync(1, RealData.Order(1), cancellationToken: Stop)).Checksum);
            SupSupModel withoutEntry = await silo.Client.OpenAsync("n", Stop);
            Assert.Empty((await withoutEntry.DescribeAsync(Stop)).Tasks);
            await withoutEntry.LearnAsync(0, RealData.Order(0), cancellationToken: Stop);
            Assert.Single((await withoutEntry.DescribeAsync(Stop)).Tasks);
        }
    }

    [Fact]
    public async Task Given_a_crash_between_metadata_and_directory_when_watched_then_who_is_told_that_it_is_trained_finds_it_entered()
    {
        File.Delete(_store.File("tasks", "directory", "m/0"));
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.OpenAsync("m", Stop);
        Assert.Empty((await model.DescribeAsync(Stop)).Tasks);
        await foreach (TrainingProgress progress in model.WatchAsync(1, Stop)) Assert.Equal(TrainingState.Trained, progress.State);
        Assert.Equal([1], (await model.DescribeAsync(Stop)).Tasks.Select(task => task.Task));
    }

    // What is left out is tried again every few seconds.
    private static async Task Eventually(Func<Task<bool>> holds)
    {
        for (int attempt = 0; !await holds(); attempt++)
        {
            Assert.True(attempt < 300);
            await Task.Delay(100, Stop);
        }
    }
}
