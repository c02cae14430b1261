using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Runtime.MembershipService.SiloMetadata;
using SupSup.Client;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Storage;

public sealed class MaskVersionsTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static FixedNetwork Network { get; } = new(Plans.Parse(RealData.Spec.Plan), RealData.Spec.Seed);

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Given_a_silo_of_the_release_before_when_tasks_are_learned_then_version_2_is_stored_only_once_it_is_gone()
    {
        await using SiloCluster cluster = await WithOldSiloAsync(new SharedStorage());
        SupSupModel model = await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        TaskSummary before = await model.LearnAsync(0, RealData.Order(0), cancellationToken: Stop);
        Assert.Equal((1, MaskFile.Size(Network.Shape)), (StoredVersion(cluster, "m/0"), before.Bytes));

        await cluster.KillAsync(Old(cluster));
        int task = 1;
        while (StoredVersion(cluster, $"m/{task}") != 2)
        {
            Assert.True(++task < 300);
            await model.LearnAsync(task, RealData.Order(task, batches: 10), cancellationToken: Stop);
        }

        // What was stored before stays as it is, and is read as ever.
        Assert.Equal(1, StoredVersion(cluster, "m/0"));
        Assert.Equal(before.Checksum, MaskFile.Checksum((await model.GetMaskAsync(0, Stop)).File));
        Assert.True((await model.CheckHealthAsync(Stop)).IsWhole);
    }

    [Fact]
    public async Task Given_a_silo_of_the_release_before_when_a_model_or_a_task_over_pictures_is_begun_then_it_is_refused_until_it_is_gone()
    {
        string data = ColourPictures.Write(_store.Folder)[0];
        ModelSpec spec = ColourPictures.Spec(data);
        SharedStorage storage = new();
        await using (SiloCluster whole = await SiloCluster.StartAsync([false], storage: storage))
            await whole.Client.CreateAsync("m", spec, Stop);
        await using SiloCluster cluster = await WithOldSiloAsync(storage);
        string[] error = [spec.Plan, "mask file version 2", $"{Old(cluster)} at ", "upgrade them"];

        await Expect.ErrorAsync(SupSupError.Unavailable, () => cluster.Grains.Coordinator("other").CreateAsync(spec, Stop), error);
        await cluster.Grains.Coordinator("m").CreateAsync(spec, Stop); // it is there
        TrainingOrder order = ColourPictures.Order(data, batches: 2);
        await Expect.ErrorAsync(SupSupError.Unavailable, () => cluster.Grains.Task("m", 0).TrainAsync(order, Stop), error);
        await Expect.ErrorAsync(
            SupSupError.Unavailable, () => cluster.Grains.Task("m", 1).TrainAsync(order with { Data = null }, Stop), error);

        await cluster.KillAsync(Old(cluster));
        SupSupModel model = await new SupSupClient(cluster.Grains, new RetryOptions()).OpenAsync("m", Stop);
        await model.LearnAsync(0, order, cancellationToken: Stop);
        Assert.Equal(2, StoredVersion(cluster, "m/0"));
    }

    [Fact]
    public async Task Given_a_learned_task_when_its_mask_is_asked_for_then_it_has_version_1_unless_version_2_is_asked_for()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        TaskSummary learned = await model.LearnAsync(0, RealData.Order(0), cancellationToken: Stop);

        byte[] first = (await model.GetMaskAsync(0, Stop)).File, second = (await model.GetMaskAsync(0, 2, Stop)).File;

        Assert.Equal((1, MaskFile.Size(Network.Shape)), (MaskFile.Version(first), first.Length));
        Assert.Equal((2, learned.Bytes), (MaskFile.Version(second), second.Length));
        Assert.InRange(learned.Bytes, 1, first.Length / 2);
        Assert.All([first, second], file => Assert.Equal(learned.Checksum, MaskFile.Checksum(file)));
        Assert.Equal(MaskFile.Read(Network, first, "m").Bits.ToArray(), MaskFile.Read(Network, second, "m").Bits.ToArray());
        Assert.Equal(first, (await model.GetMaskAsync(0, 1, Stop)).File);
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => model.GetMaskAsync(0, 3, Stop), "version 3", "1 to 2");
    }

    [Fact]
    public async Task Given_a_file_of_either_version_when_imported_then_it_is_the_same_mask()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        await model.LearnAsync(0, RealData.Order(0), cancellationToken: Stop);
        byte[] first = (await model.GetMaskAsync(0, Stop)).File, second = (await model.GetMaskAsync(0, 2, Stop)).File;
        SupSupModel copy = await silo.Client.CreateAsync("copy", RealData.Spec, Stop);

        TaskSummary imported = await copy.ImportAsync(7, second, Stop);
        TaskSummary again = await copy.ImportAsync(7, first, Stop);

        Assert.Equal((imported.Version, imported.Checksum), (again.Version, again.Checksum));
        Assert.Equal(first, (await copy.GetMaskAsync(7, Stop)).File);
        Assert.Equal(second, (await copy.GetMaskAsync(7, 2, Stop)).File);
        second[^20] ^= 1;
        await Expect.ErrorAsync(SupSupError.Damaged, () => copy.ImportAsync(8, second, Stop), "copy/8", "damaged");
    }

    // Silos are not started in the order of their names.
    private static string Old(SiloCluster cluster) => cluster.NameOf(
        services => services.GetRequiredService<IOptions<SiloMetadata>>().Value.Metadata[MaskVersions.MetadataKey].Length == 0);

    // Two silos, one of which says nothing of the version that it reads.
    private static async Task<SiloCluster> WithOldSiloAsync(SharedStorage storage)
    {
        int started = 0;
        SiloCluster cluster = await SiloCluster.StartAsync([false, false], storage: storage, configure: silo =>
        {
            if (Interlocked.Increment(ref started) == 2)
                silo.UseSiloMetadata(new Dictionary<string, string> { [MaskVersions.MetadataKey] = "" });
        });
        await cluster.UntilAllIsToldAsync(Stop);
        return cluster;
    }

    private static int StoredVersion(SiloCluster cluster, string task)
    {
        ReadOnlySpan<byte> record = cluster.Storage.Bytes(StorageNames.Mask, "task", task);
        int start = record.IndexOf("SUPMASK\0"u8);
        return start < 0 ? 0 : MaskFile.Version(record[start..]);
    }
}
