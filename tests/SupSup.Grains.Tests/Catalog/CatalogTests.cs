using SupSup.Client;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Catalog;

public sealed class CatalogTests : IDisposable
{
    private static readonly StreamSpec Streamed = new() { Recipe = "fast", Batches = 20, SegmentBatches = 5 };

    private readonly TemporaryStore _store = new();

    private string Record => _store.File("catalog", "catalog", GrainKeys.Catalog);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Given_models_and_streams_when_listed_then_each_is_there_once_in_order_also_after_a_restart()
    {
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            Assert.Empty(await silo.Client.ListModelsAsync(Stop));
            foreach (string name in new[] { "b", "Z", "a", "b" }) await silo.Client.CreateAsync(name, RealData.Spec, Stop);
            SupSupModel model = await silo.Client.OpenAsync("b", Stop);
            foreach (string name in new[] { "y", "x", "y" }) await model.OpenStreamAsync(name, Streamed, Stop);
            Assert.Equal(["Z", "a", "b: x y"], await NamesAsync(silo));
        }

        await using TestSilo again = await TestSilo.StartAsync(_store.Folder);
        Assert.Equal(["Z", "a", "b: x y"], await NamesAsync(again));
    }

    [Fact]
    public async Task Given_thousands_of_models_that_come_at_once_when_entered_then_all_are_listed_and_few_writes_were_made()
    {
        SharedStorage storage = new();
        await using SiloCluster cluster = await SiloCluster.StartAsync([false], storage: storage);
        ICatalogGrain catalog = cluster.Grains.GetGrain<ICatalogGrain>(GrainKeys.Catalog);
        string[] names = [.. Enumerable.Range(0, 3000).Select(n => $"m{n:D4}")];
        TaskCompletionSource open = new();
        storage.Hold("catalog", open.Task); // until all are on their way, also on a busy machine
        Task[] added = [.. names.Select(name => catalog.AddModelAsync(name, Stop))];
        open.SetResult();
        await Task.WhenAll(added);
        Assert.Equal(names, (await catalog.ListAsync(Stop)).Select(entry => entry.Model));
        Assert.InRange(storage.Writes("catalog"), 1, names.Length / 2);
    }

    [Fact]
    public async Task Given_entries_that_are_there_when_entered_again_then_nothing_is_written()
    {
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
            await (await silo.Client.CreateAsync("m", RealData.Spec, Stop)).OpenStreamAsync("s", Streamed, Stop);
        byte[] before = await File.ReadAllBytesAsync(Record, Stop);
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            await (await silo.Client.CreateAsync("m", RealData.Spec, Stop)).OpenStreamAsync("s", Streamed, Stop);
            Assert.Equal(["m: s"], await NamesAsync(silo));
        }

        Assert.Equal(before, await File.ReadAllBytesAsync(Record, Stop)); // each write has an ETag of its own
    }

    [Fact]
    public async Task Given_a_model_and_a_stream_that_the_catalogue_lacks_when_they_are_used_then_they_are_entered()
    {
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
            await (await silo.Client.CreateAsync("m", RealData.Spec, Stop)).OpenStreamAsync("s", Streamed, Stop);
        File.Delete(Record); // as an earlier build, or a crash, leaves them
        await using TestSilo again = await TestSilo.StartAsync(_store.Folder);
        await again.Client.OpenAsync("m", Stop);
        await UntilAsync(again, ["m"]);
        await again.Grains.GetGrain<IStreamGrain>(GrainKeys.Stream("m", "s")).DescribeAsync(Stop);
        await UntilAsync(again, ["m: s"]);
    }

    [Fact]
    public async Task Given_an_unreadable_catalogue_when_models_are_created_then_they_serve_and_creating_them_again_enters_them()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Record)!);
        File.CreateSymbolicLink(Record, Record); // no one can read it: it leads to itself
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        SupSupStream stream = await model.OpenStreamAsync("s", Streamed, Stop);
        Assert.Equal(0, stream.Next);
        Assert.Equal(0, await model.AllocateTaskAsync(Stop));
        await Expect.ErrorAsync(SupSupError.Unavailable, () => silo.Client.ListModelsAsync(Stop), "catalog");
        File.Delete(Record);
        await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        Assert.Equal(["m"], await NamesAsync(silo));
        await model.OpenStreamAsync("s", Streamed, Stop);
        Assert.Equal(["m: s"], await NamesAsync(silo));
    }

    [Fact]
    public async Task Given_a_catalogue_whose_store_does_not_answer_when_a_model_is_created_then_it_is_created_and_entered_later()
    {
        SharedStorage storage = new();
        TaskCompletionSource answers = new();
        storage.Hold("catalog", answers.Task);
        await using SiloCluster cluster = await SiloCluster.StartAsync([false], storage: storage);
        SupSupModel model = await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        Assert.True(storage.Holds("model", "coordinator", "m"));
        Assert.Equal(0, await model.AllocateTaskAsync(Stop));
        answers.SetResult();
        await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        Assert.Equal("m", Assert.Single(await cluster.Client.ListModelsAsync(Stop)).Model);
    }

    [Theory]
    [InlineData("a/b", "s")]
    [InlineData("", "s")]
    [InlineData("m", "..")]
    public async Task Given_names_that_cannot_be_keys_when_entered_then_they_are_refused(string model, string stream)
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        ICatalogGrain catalog = silo.Grains.GetGrain<ICatalogGrain>(GrainKeys.Catalog);
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => catalog.AddStreamAsync(model, stream, Stop), "cannot name");
        Assert.Empty(await catalog.ListAsync(Stop));
    }

    private static async Task<string[]> NamesAsync(TestSilo silo) =>
        [.. (await silo.Client.ListModelsAsync(Stop)).Select(
            entry => entry.Streams.IsEmpty ? entry.Model : $"{entry.Model}: {string.Join(' ', entry.Streams)}")];

    private static async Task UntilAsync(TestSilo silo, string[] names)
    {
        while (string.Join(", ", await NamesAsync(silo)) != string.Join(", ", names)) await Task.Yield();
    }
}
