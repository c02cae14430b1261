using SupSup.Client;
using SupSup.Core.Datasets;
using SupSup.Data.Formats;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Coordinator;

/// <summary>How the inputs of a model's tasks are normalised, also of tasks that were stored before that was stored with them.</summary>
public sealed class NormalizationTests : IAsyncLifetime
{
    private static readonly PixelNormalization Mnist = PixelNormalization.Grey(0.1307f, 0.3081f);
    private static readonly PixelNormalization Other = PixelNormalization.Grey(0.5f, 0.25f);

    private readonly TemporaryStore _store = new();
    private TestSilo _silo = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Folder => Path.Combine(_store.Folder, "own-images");

    public async ValueTask InitializeAsync() => _silo = await TestSilo.StartAsync(Path.Combine(_store.Folder, "store"));

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task Given_tasks_that_come_and_go_when_asked_with_a_revision_then_only_what_changed_is_told()
    {
        ICoordinatorGrain coordinator = await CreateAsync("m");
        Assert.Equal(new ModelNormalization { Revision = 0 }, await coordinator.GetNormalizationAsync(-1, Stop));
        await Task.WhenAll(Enumerable.Range(0, 2000).Select(task => coordinator.RegisterTaskAsync(Summary(task, Mnist), Stop)));
        ModelNormalization all = (await coordinator.GetNormalizationAsync(0, Stop))!;
        Assert.Equal(new ModelNormalization { Revision = 2000, Normalization = Mnist }, all);
        Assert.Null(await coordinator.GetNormalizationAsync(all.Revision, Stop));
        Assert.Equal(Mnist, (await (await _silo.Client.OpenAsync("m", Stop)).DescribeAsync(Stop)).Normalization);

        await coordinator.RegisterTaskAsync(Summary(2000, Other), Stop);
        ModelNormalization mixed = (await coordinator.GetNormalizationAsync(all.Revision, Stop))!;
        Assert.Null(mixed.Normalization);
        Assert.Contains("task 2000 mean 0.5 deviation 0.25", mixed.Problem, StringComparison.Ordinal);
        Assert.Contains("name the task", mixed.Problem, StringComparison.Ordinal);

        await coordinator.RemoveTaskAsync(2000, Stop);
        Assert.Equal(Mnist, (await coordinator.GetNormalizationAsync(mixed.Revision, Stop))!.Normalization);
    }

    [Fact]
    public async Task Given_tasks_of_earlier_builds_when_their_data_are_named_then_these_are_looked_up_and_agree_with_what_is_stored()
    {
        ICoordinatorGrain coordinator = await CreateAsync("m");
        await coordinator.RegisterTaskAsync(Summary(0, null, "mnist"), Stop);
        await coordinator.RegisterTaskAsync(Summary(1, Mnist), Stop);
        Assert.Equal(Mnist, (await coordinator.GetNormalizationAsync(-1, Stop))!.Normalization);
        ModelDescription described = await (await _silo.Client.OpenAsync("m", Stop)).DescribeAsync(Stop);
        Assert.All(described.Tasks, task => Assert.Equal(Mnist, task.Normalization));
    }

    [Fact]
    public async Task Given_a_task_of_an_earlier_build_when_its_folder_cannot_be_read_then_it_is_named_and_found_once_it_is_there()
    {
        ICoordinatorGrain coordinator = await CreateAsync("m");
        await coordinator.RegisterTaskAsync(Summary(3, null, Folder), Stop);
        ModelNormalization absent = (await coordinator.GetNormalizationAsync(-1, Stop))!;
        Assert.Equal((ModelNormalization.Passing, null), (absent.Revision, absent.Normalization));
        foreach (string word in new[] { "task m/3", Folder, "no such file or folder", "FP32" })
            Assert.Contains(word, absent.Problem, StringComparison.Ordinal);
        Assert.Null((await (await _silo.Client.OpenAsync("m", Stop)).DescribeAsync(Stop)).Tasks[0].Normalization);

        Directory.CreateDirectory(Folder);
        foreach (string images in new[] { IdxFolder.TrainImages, IdxFolder.TestImages })
            IdxFile.WriteImages(Path.Combine(Folder, images), 1, 2, [0, 255, 0, 255]);
        foreach (string labels in new[] { IdxFolder.TrainLabels, IdxFolder.TestLabels })
            IdxFile.WriteLabels(Path.Combine(Folder, labels), [0, 1]);

        ModelNormalization found = (await coordinator.GetNormalizationAsync(absent.Revision, Stop))!;
        Assert.Equal(new ModelNormalization { Revision = 1, Normalization = PixelNormalization.Grey(0.5f, 0.5f) }, found);
        Assert.Equal(found.Normalization, (await (await _silo.Client.OpenAsync("m", Stop)).DescribeAsync(Stop)).Normalization);
    }

    [Fact]
    public async Task Given_a_learned_task_when_described_then_the_normalisation_of_its_data_is_stored_with_it()
    {
        SupSupModel model = await _silo.Client.CreateAsync("m", RealData.Spec, Stop);
        Assert.Equal(Mnist, (await model.LearnAsync(0, RealData.Order(0, batches: 2), cancellationToken: Stop)).Normalization);
        Assert.Equal(Mnist, (await model.DescribeAsync(Stop)).Normalization);
    }

    [Fact]
    public void Given_pixels_of_several_channels_when_normalised_then_each_channel_has_its_own_mean_and_deviation()
    {
        PixelNormalization colour = new() { Means = [0, 0.5f], Deviations = [1, 0.25f] };
        Assert.Equal([0, 1, -2, 2, 1, 0, 2, -2], colour.Apply([0, 255, 0, 255, 255, 0, 255, 0], rows: 2).Values);
        Assert.Equal(SupSupError.InvalidRequest, Assert.Throws<SupSupException>(() => colour.Apply([1, 2, 3])).Error);
        Assert.Equal(new PixelNormalization { Means = [0, 0.5f], Deviations = [1, 0.25f] }, colour);
        Assert.NotEqual(new PixelNormalization { Means = [0, 0.5f], Deviations = [1, 0.5f] }, colour);
        Normalization grey = new(0.1307f, 0.3081f);
        byte[] levels = [.. Enumerable.Range(0, 256).Select(level => (byte)level)];
        Assert.Equal(grey.Table(), Mnist.Apply(levels).Values); // bit for bit what training saw
    }

    private async Task<ICoordinatorGrain> CreateAsync(string model)
    {
        await _silo.Client.CreateAsync(model, RealData.Spec, Stop);
        return _silo.Grains.GetGrain<ICoordinatorGrain>(model);
    }

    private static TaskSummary Summary(int task, PixelNormalization? normalization, string? dataset = null) => new()
    {
        Task = task,
        Version = 1,
        Order = new TrainingOrder { Data = dataset is null ? null : new TaskData { Dataset = dataset, Seed = 1, Index = task } },
        Bytes = 1,
        Checksum = "00",
        Loss = 0,
        TrainSeconds = 0,
        TrainedAt = DateTimeOffset.UnixEpoch,
        Normalization = normalization,
    };
}
