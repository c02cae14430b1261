using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using SupSup.Client;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Records;
using SupSup.Grains.Sent;
using SupSup.Grains.Storage;
using SupSup.Grains.Streams;
using SupSup.Grains.Tasks;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Records;

/// <summary>The health of a model's records: model m has a record of each kind but those of reservoirs, which r has.</summary>
public sealed class RecordsTests : IAsyncLifetime
{
    private static readonly ModelSpec Reservoir = new()
    {
        Plan = "flatten-64-normbatch-swish-100-normbatch-swish/1x28x28-10",
        Classes = 10,
        Seed = 7,
        Storage = ModelSpec.Reservoir,
    };

    private static readonly byte[] Part = [.. Enumerable.Range(0, 500).Select(n => (byte)n)];

    private readonly TemporaryStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        for (int task = 0; task < 2; task++) await model.LearnAsync(task, RealData.Order(task, batches: 5), cancellationToken: Stop);
        ICoordinatorGrain coordinator = silo.Grains.Coordinator("m");
        await coordinator.EnterStreamAsync("s", Stop);
        await coordinator.ReserveDataAsync(1, Part.Length, Stop);
        await coordinator.AllocateTaskAsync("later", Stop);
        string checksum = Convert.ToHexStringLower(SHA256.HashData(Part));
        SentData data =
            new() { Dataset = "sent:m/1", Ending = ".csv", Bytes = Part.Length, Checksum = checksum, Parts = [new(checksum, Part.Length)] };
        IGrainStorage storage = silo.Services.GetRequiredKeyedService<IGrainStorage>(StorageNames.Provider);
        await WriteAsync(StorageNames.Checkpoint, "task", "m/2", new CheckpointState { Order = RealData.Order(2), Scores = [Part] });
        await WriteAsync(StorageNames.Stream, "stream", "m/s", new StreamState { Spec = new(), Tasks = [new() { Task = 1 }] });
        await WriteAsync(StorageNames.StreamSample, "stream-sample", "m/s/1", new StreamSample { Inputs = Part, Labels = [1] });
        await WriteAsync(StorageNames.SentData, "sent-data", "m/1", new SentDataState { Data = data });
        await WriteAsync(StorageNames.SentPart, "sent-part", $"m/1/{checksum}", new SentPartState { Content = Part });
        await silo.Client.CreateAsync("r", Reservoir, Stop);
        TaskSummary summary = (await model.DescribeAsync(Stop)).Tasks.Single(task => task.Task == 0) with { Bytes = 0 };
        await WriteAsync(StorageNames.Task, "task", "r/0", new TaskState { Summary = summary });
        await silo.Grains.Coordinator("r").RegisterTaskAsync(summary, Stop);
        await silo.Grains.Reservoir("r").StoreAsync(new GainMaskBlob { Task = 0, Classes = 10, Mask = new byte[8 + 13] }, Stop);

        Task WriteAsync<T>(string name, string type, string key, T state) =>
            storage.WriteStateAsync(name, GrainId.Create(type, key), new GrainState<T>(state), Stop);
    }

    public ValueTask DisposeAsync()
    {
        _store.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    // The lease is no model's: silos that hold it read it every few seconds.
    public void Given_the_kinds_that_are_stored_when_counted_then_the_health_covers_each() => Assert.Equal(
        typeof(StorageNames).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!)
            .Where(name => name is not (StorageNames.Provider or StorageNames.Lease)).Order(),
        RecordCheck.Kinds.Order());

    [Fact]
    public async Task Given_a_record_of_each_kind_when_damaged_lost_or_replaced_then_the_health_names_it_and_once_restored_all_is_whole()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        Dictionary<string, int> read = [];
        foreach (string model in new[] { "m", "r" })
        {
            ModelHealth health = await HealthAsync(silo, model);
            Assert.True(health.IsWhole, string.Join('\n', Failures(health)));
            foreach (RecordHealth kind in health.Records) read[kind.Kind] = read.GetValueOrDefault(kind.Kind) + kind.Read;
        }

        Assert.Equal(RecordCheck.Kinds.Order(), read.Where(kind => kind.Value > 0).Select(kind => kind.Key).Order());

        // What is optional may be gone, and no one can tell.
        string[] optional = ["checkpoint-", "stream-", "sample-", "data-"];
        string root = Path.Combine(_store.Folder, "grainstate");
        string[] files = [.. Directory.EnumerateFiles(root, "*.json", SearchOption.AllDirectories).Order()];
        Assert.Equal(RecordCheck.Kinds.Order(), files.Select(file => Path.GetRelativePath(root, file).Split('-')[0]).Distinct().Order());
        foreach (string file in files)
        {
            string record = Path.GetRelativePath(root, file)[..^".json".Length];
            string model = record.Split('/')[1] == "r" ? "r" : "m";
            byte[] whole = await File.ReadAllBytesAsync(file, Stop);
            byte[] flipped = [.. whole];
            flipped[whole.Length / 2] ^= 1;
            byte[] other = await File.ReadAllBytesAsync(files.First(one => one != file), Stop);
            foreach (byte[] damaged in new[] { flipped, whole[..(whole.Length / 2)], [], other })
            {
                await File.WriteAllBytesAsync(file, damaged, Stop);
                await AssertNamedAsync(silo, model, record, file);
            }

            if (!optional.Any(kind => record.StartsWith(kind, StringComparison.Ordinal)))
            {
                File.Delete(file);
                await AssertNamedAsync(silo, model, record, "restore");
            }

            await File.WriteAllBytesAsync(file, whole, Stop);
        }

        foreach (string model in new[] { "m", "r" }) Assert.True((await HealthAsync(silo, model)).IsWhole);
    }

    [Theory]
    [InlineData("catalog-catalog/models", true)]
    [InlineData("model-coordinator/m", true)]
    [InlineData("model-coordinator/m", false)]
    [InlineData("tasks-directory/m/0", true)]
    public async Task Given_a_record_without_which_a_model_does_not_open_when_the_silo_starts_then_the_health_still_names_it(
        string record, bool isDamaged)
    {
        string file = Path.Combine(_store.Folder, "grainstate", $"{record}.json");
        if (isDamaged) await File.WriteAllTextAsync(file, "no record", Stop);
        else File.Delete(file);
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);

        await AssertNamedAsync(silo, "m", record, "restore");
    }

    [Fact]
    public async Task Given_a_directory_that_is_lost_when_the_silo_starts_then_the_health_names_the_tasks_that_are_there()
    {
        File.Delete(_store.File("tasks", "directory", "m/0"));
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        ModelHealth health = await HealthAsync(silo, "m");

        Assert.False(health.IsWhole);
        Assert.Equal(["task-task/m/0", "task-task/m/1"], Failures(health).Select(failure => failure.Record).Order());
        Assert.All(Failures(health), failure => Assert.Contains("the directory of model 'm' is missing", failure.Message));

        SupSupModel model = await silo.Client.OpenAsync("m", Stop);
        for (int task = 0; task < 2; task++) await model.LearnAsync(task, RealData.Order(task, batches: 5), cancellationToken: Stop);
        Assert.True((await HealthAsync(silo, "m")).IsWhole);
    }

    [Fact]
    public async Task Given_no_such_model_when_its_health_is_asked_for_then_it_is_not_found()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        await Expect.ErrorAsync(SupSupError.NotFound, () => HealthAsync(silo, "none"), "there is no model 'none'");
    }

    private static Task<ModelHealth> HealthAsync(TestSilo silo, string model) => silo.Grains.Coordinator(model).CheckHealthAsync(Stop);

    private static IEnumerable<RecordFailure> Failures(ModelHealth health) => health.Records.SelectMany(kind => kind.Failures);

    // A mask that no shard has in memory is told by its shard.
    private static async Task AssertNamedAsync(TestSilo silo, string model, string record, string what)
    {
        ModelHealth health = await HealthAsync(silo, model);
        Assert.False(health.IsWhole, record);
        Assert.Contains(
            Failures(health).Concat(health.Shards.SelectMany(shard => shard.Failures)
                .Select(failure => new RecordFailure($"mask-task/{model}/{failure.Task}", failure.Message))),
            failure => failure.Record == record && failure.Message.Contains(what, StringComparison.Ordinal)
                && !failure.Message.Contains('\n', StringComparison.Ordinal));
    }
}
