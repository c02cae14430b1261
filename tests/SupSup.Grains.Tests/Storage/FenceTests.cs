using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Storage;
using SupSup.Core.Masks;
using SupSup.Core.Training;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;
using SupSup.Grains.Tasks;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Storage;

/// <summary>Records that an activation of long ago has never read, and that another one wrote meanwhile.</summary>
public sealed class FenceTests
{
    private readonly ServiceProvider _services;
    private readonly ConcurrentQueue<string> _conflicts = [];

    public FenceTests()
    {
        SharedStorage storage = new();
        ServiceCollection services = [];
        services.AddSerializer();
        services.AddKeyedSingleton(StorageNames.Provider, (provider, _) => storage.Of(provider.GetRequiredService<Serializer>()));
        _services = services.BuildServiceProvider();
    }

    [Fact]
    public async Task Given_a_page_that_another_activation_began_when_one_of_before_grows_into_it_then_it_is_refused()
    {
        DirectoryPages old = Open("old"), other = Open("other");
        ImmutableList<DirectoryEntry> full = Entries(0, DirectoryPage.Size);
        Assert.Empty(await old.ReadAsync());
        await old.WriteAsync(full, Enumerable.Range(0, full.Count));
        Assert.Equal(full.Count, (await other.ReadAsync()).Count);
        ImmutableList<DirectoryEntry> theirs = full.AddRange(Entries(1000, 1));
        await other.WriteAsync(theirs, [full.Count]);

        await Assert.ThrowsAsync<InconsistentStateException>(() => old.WriteAsync(full.AddRange(Entries(2000, 1)), [full.Count]));
        Assert.Equal(["old"], _conflicts);
        Assert.Equal(1000, (await Open("third").ReadAsync())[^1].Task.Task);
    }

    [Fact]
    public async Task Given_a_mask_that_another_activation_stored_when_one_that_was_training_stores_its_own_then_it_is_refused()
    {
        using TemporaryStore folder = new();
        await using TestSilo silo = await TestSilo.StartAsync(folder.Folder);
        ModelNetwork network = new NetworkCatalog().Open(RealData.Spec);
        TrainingOrder again = RealData.Order(0) with { Replaces = 1 };
        foreach (TrainingOrder order in (TrainingOrder[])[RealData.Order(0), again])
        {
            using TaskStore old = Open(), other = Open(), third = Open();
            await old.OpenForTrainingAsync();
            await other.OpenForTrainingAsync();
            await StoreAsync(other, order, 1);
            await Assert.ThrowsAsync<InconsistentStateException>(() => StoreAsync(old, order, 2));
            await third.OpenForTrainingAsync();
            Assert.Equal(MaskFile.Checksum((await third.MaskAsync(third.Summary!))!.File), third.Summary!.Checksum);
        }

        TaskStore Open() => new(
            new GrainRecords(silo.Services), new MaskVersions(silo.Services), new TaskOptions(), TimeProvider.System,
            GrainId.Create("task", "m/0"), () => { });

        Task StoreAsync(TaskStore store, TrainingOrder order, byte first)
        {
            byte[] bits = new byte[network.Network.Shape.PackedBytes];
            bits[0] = first;
            TrainedMask trained = new(new TaskMask(network.Network.Shape, bits), 0.5, TimeSpan.FromSeconds(1));
            return store.StoreAsync(0, order, network, trained, DateTimeOffset.UnixEpoch, new TaskDetails());
        }
    }

    private static ImmutableList<DirectoryEntry> Entries(int first, int count) =>
    [
        .. Enumerable.Range(first, count).Select(task => new DirectoryEntry(
            new TaskSummary
            {
                Task = task,
                Version = 1,
                Bytes = 1,
                Checksum = "",
                Order = RealData.Order(task),
                Loss = 0,
                TrainSeconds = 0,
                TrainedAt = default,
            },
            false)),
    ];

    private DirectoryPages Open(string who) => new(new GrainRecords(_services), "m", () => _conflicts.Enqueue(who));
}
