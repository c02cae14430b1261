using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;
using SupSup.Storage;

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
        _learned = await Task.WhenAll(Enumerable.Range(0, 2).Select(task => model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop)));
    }

    public ValueTask DisposeAsync()
    {
        _store.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task given_a_damaged_mask_file_when_used_then_it_is_named_the_others_work_and_nothing_is_overwritten()
    {
        string file = _store.File("mask", "task", "m/1");
        byte[] damaged = await File.ReadAllBytesAsync(file, Stop);
        damaged[1000] ^= 0x10;
        await File.WriteAllBytesAsync(file, damaged, Stop);

        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.OpenAsync("m", Stop);
        (InputBatch inputs, _) = await RealData.TestImagesAsync(0, 0, 8);
        DamagedGrainStateException error = await Assert.ThrowsAnyAsync<DamagedGrainStateException>(() => model.GetMaskAsync(1, Stop));
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(file, (await Assert.ThrowsAnyAsync<DamagedGrainStateException>(() => model.InferAsync(inputs, cancellationToken: Stop))).Message, StringComparison.Ordinal);
        Assert.Contains(file, (await Assert.ThrowsAnyAsync<DamagedGrainStateException>(() => model.LearnAsync(1, RealData.Order(1), cancellationToken: Stop))).Message, StringComparison.Ordinal);
        Assert.Equal(8, (await model.PredictAsync(0, inputs, Stop)).Classes.Length);
        Assert.Equal(damaged, await File.ReadAllBytesAsync(file, Stop));

        // What does not need the damaged mask goes on, and a restored file is found without a restart.
        Assert.Equal(8, (await model.InferAsync(inputs, new InferenceOptions { Candidates = [0] }, Stop)).Length);
        damaged[1000] ^= 0x10;
        await File.WriteAllBytesAsync(file, damaged, Stop);
        Assert.Equal(8, (await model.InferAsync(inputs, cancellationToken: Stop)).Length);
    }

    [Fact]
    public async Task given_a_lost_mask_that_cannot_be_made_the_same_when_ordered_again_then_it_becomes_a_new_version_everywhere()
    {
        // Metadata of the same order, but of a mask on other weights, as if made on another kind of processor.
        TaskSummary replaced;
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
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
    public async Task given_a_missing_mask_file_when_used_then_it_is_named_and_the_same_order_makes_the_same_mask_again()
    {
        File.Delete(_store.File("mask", "task", "m/1"));
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.OpenAsync("m", Stop);
        (InputBatch inputs, _) = await RealData.TestImagesAsync(1, 0, 8);
        await Expect.ErrorAsync(SupSupError.Damaged, () => model.InferAsync(inputs, cancellationToken: Stop), "m/1", "missing", "recipe fast, 60 batches");
        await Expect.ErrorAsync(SupSupError.Conflict, () => model.LearnAsync(1, RealData.Order(1, batches: 10), cancellationToken: Stop), "m/1");
        Assert.Equal(_learned[1].Checksum, (await model.LearnAsync(1, RealData.Order(1), cancellationToken: Stop)).Checksum);
        Assert.Equal(2, (await model.DescribeAsync(Stop)).Tasks.Length);
        Assert.Equal(8, (await model.InferAsync(inputs, cancellationToken: Stop)).Length);
    }

    [Fact]
    public async Task given_a_crash_between_mask_and_directory_when_ordered_again_then_the_task_is_entered()
    {
        // What a crash leaves before the metadata, and before the directory, were written.
        string metadata = _store.File("task", "task", "m/1");
        byte[] directory;
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.CreateAsync("n", RealData.Spec, Stop);
            directory = await File.ReadAllBytesAsync(_store.File("model", "coordinator", "n"), Stop);
            await model.LearnAsync(0, RealData.Order(0), cancellationToken: Stop);
        }

        File.Delete(metadata);
        await File.WriteAllBytesAsync(_store.File("model", "coordinator", "n"), directory, Stop);
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
}
