using System.Collections.Immutable;
using System.Reflection;
using Orleans.Storage;
using SupSup.Grains.Catalog;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Reservoirs;
using SupSup.Grains.Sent;
using SupSup.Grains.Storage;
using SupSup.Grains.Streams;
using SupSup.Grains.Tasks;

namespace SupSup.Storage.Tests;

/// <summary>A kind of record that the product stores, with one of it.</summary>
/// <param name="Name">The state's name.</param>
/// <param name="Grain">Whose it is.</param>
public abstract record RecordKind(string Name, GrainId Grain)
{
    private static readonly TrainingOrder Order = new() { Data = new TaskData { Dataset = "mnist", Seed = 7, Index = 0 }, Batches = 60 };

    private static readonly TaskSummary Summary = new()
    {
        Task = 0,
        Version = 1,
        Order = Order,
        Bytes = 400,
        Checksum = new string('a', 32),
        Loss = 0.25,
        TrainSeconds = 1.5,
        TrainedAt = new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero),
        Classes = 10,
        Names = new TaskNames { Task = "digits" },
    };

    /// <summary>One of each kind, of task 0 of a model: what is read of it as another kind is zeros, mostly.</summary>
    public static ImmutableArray<RecordKind> All { get; } =
    [
        new Of<CatalogState>(StorageNames.Catalog, "catalog", "models", new() { Models = [new("flowers", ["garden"]), new("m", [])] }),
        new Of<ModelState>(StorageNames.Model, "coordinator", "flowers", new()
        {
            Spec = new ModelSpec { Inputs = 784, Hidden = [100], Outputs = 50, Classes = 10, Seed = 7 },
            NextTask = 1,
            Streams = ["garden"],
        }),
        new Of<DirectoryPage>(StorageNames.DirectoryPage, "directory", "flowers/0", new() { Tasks = [Summary] }),
        new Of<TaskState>(StorageNames.Task, "task", "flowers/0", new() { Summary = Summary }),
        new Of<MaskState>(
            StorageNames.Mask, "task", "flowers/0", new() { Mask = new PackedMaskBlob { Task = 0, Version = 1, File = Bytes(400) } }),
        new Of<CheckpointState>(
            StorageNames.Checkpoint, "task", "flowers/0",
            new() { Order = Order, BatchesDone = 30, Scores = [Bytes(300)], Statistics = Bytes(9) }),
        new Of<StreamState>(StorageNames.Stream, "stream", "flowers/garden", new()
        {
            Spec = new StreamSpec { SegmentBatches = 30, Batches = 60 },
            Tasks = [new StreamTask { Task = 0, Usual = 0.9 }],
        }),
        new Of<StreamSample>(
            StorageNames.StreamSample, "stream-sample", "flowers/garden/0", new() { Inputs = Bytes(200), Labels = [0, 1, 2, 3] }),
        new Of<SentDataState>(StorageNames.SentData, "sent-data", "flowers/0", new()
        {
            Data = new SentData
            {
                Dataset = "sent:flowers/0",
                Ending = ".zip",
                Bytes = 200,
                Checksum = new string('b', 64),
                Parts = [new(new string('b', 64), 200)],
            },
        }),
        new Of<SentPartState>(StorageNames.SentPart, "sent-part", $"flowers/0/{new string('b', 64)}", new() { Content = Bytes(200) }),
        new Of<ReservoirState>(
            StorageNames.Reservoir, "reservoir", "flowers",
            new() { Masks = [new(0, [new string('c', 32)], 10)], Parts = [new string('d', 32)] }),
        new Of<ReservoirPartState>(
            StorageNames.ReservoirPart, "reservoir", $"flowers/{new string('d', 32)}", new() { Content = Bytes(300) }),
        new Of<LeaseState>(StorageNames.Lease, "cluster", "store", new()
        {
            Cluster = "supsup",
            Silos = ["10.0.0.1:11111@155055551"],
            Version = 3,
            Seconds = 15,
        }),
    ];

    /// <summary>Every kind that the product knows.</summary>
    public static IEnumerable<string> Known => typeof(StorageNames).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(constant => (string)constant.GetRawConstantValue()!).Where(name => name != StorageNames.Provider);

    /// <summary>Writes it, where there is none.</summary>
    public abstract Task WriteAsync(IGrainStorage storage);

    /// <summary>Reads it as what it should be.</summary>
    public abstract Task ReadAsync(IGrainStorage storage);

    /// <inheritdoc/>
    public sealed override string ToString() => $"{Name}-{Grain.Type}/{Grain.Key}";

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(n => (byte)(n * 37))];

    private sealed record Of<T>(string Name, string Type, string Key, T Sample) : RecordKind(Name, GrainId.Create(Type, Key))
        where T : class, new()
    {
        public override Task WriteAsync(IGrainStorage storage) =>
            storage.WriteStateAsync(Name, Grain, new GrainState<T>(Sample), TestContext.Current.CancellationToken);

        public override async Task ReadAsync(IGrainStorage storage)
        {
            GrainState<T> read = new(new T());
            await storage.ReadStateAsync(Name, Grain, read, TestContext.Current.CancellationToken);
            Assert.True(read.RecordExists);
        }
    }
}
