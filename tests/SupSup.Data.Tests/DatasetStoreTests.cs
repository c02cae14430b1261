using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;
using SupSup.Data.Formats;
using SupSup.Data.Published;
using SupSup.Data.Tests.Published;

namespace SupSup.Data.Tests;

public sealed class DatasetStoreTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string SmallFolder => _root["small"];

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Given_the_built_in_sources_when_named_then_all_data_sets_are_in_the_catalogue() =>
        Assert.Equal(["cifar-10", "cifar-100", "fashion-mnist", "mnist"], new DatasetStore(_root.Path).Names);

    [Fact]
    public async Task Given_a_missing_data_set_when_opened_twice_then_fetched_once_and_said_so()
    {
        var source = new FakeSource();
        var store = new DatasetStore(_root.Path, [source]);
        var progress = new CollectedProgress();

        Dataset first = await store.OpenAsync("SMALL", progress, Cancel);
        Dataset second = await store.OpenAsync("small", progress, Cancel);

        Assert.Equal(1, source.Fetches);
        Assert.Equal(["small: fetching", $"small: verified, in {SmallFolder}"], progress.Lines);
        Assert.Equal(
            ("small", 3, 0.25f, 0.5f), (first.Name, first.Classes, first.Normalization.Means[0], first.Normalization.Deviations[0]));
        Assert.Equal(first.Train.Pixels, second.Train.Pixels);
        Assert.Equal([SmallFolder], Directory.GetFileSystemEntries(_root.Path));
    }

    [Fact]
    public async Task Given_a_root_that_does_not_exist_when_opened_then_it_is_made()
    {
        var store = new DatasetStore(_root["a/b"], [new FakeSource()]);

        Assert.Equal(DatasetState.NotFetched, Assert.Single(store.List()).State);
        Assert.Equal(5, (await store.OpenAsync("small", null, Cancel)).Train.Count);
    }

    [Theory]
    [InlineData(IdxFolder.TrainImages, "bit")]
    [InlineData(IdxFolder.TrainLabels, "length")]
    [InlineData(IdxFolder.TestImages, "length")]
    [InlineData(IdxFolder.TestLabels, "bit")]
    public async Task Given_a_damaged_cache_when_opened_then_the_file_is_named_and_left_as_it_is(
        string name, string damage)
    {
        var source = new FakeSource();
        var store = new DatasetStore(_root.Path, [source]);
        await store.FetchAsync("small", cancellationToken: Cancel);
        string path = Path.Combine(SmallFolder, name);
        byte[] content = File.ReadAllBytes(path);
        content[^1] ^= 1;
        byte[] damaged = damage == "bit" ? content : content[..^1];
        File.WriteAllBytes(path, damaged);

        var error = await Assert.ThrowsAsync<DatasetException>(() => store.OpenAsync("small", null, Cancel));
        await Assert.ThrowsAsync<DatasetException>(() => store.FetchAsync("small", cancellationToken: Cancel));

        Assert.Equal(path, error.Subject);
        Assert.StartsWith(damage == "bit" ? "has MD5 " : "has ", error.Problem, StringComparison.Ordinal);
        Assert.Equal(
            $"run `supsup data fetch small --force --data {Path.GetDirectoryName(SmallFolder)}`, or delete the file", error.Remedy);
        Assert.Equal(damaged, File.ReadAllBytes(path));
        Assert.Equal(1, source.Fetches);
        DatasetStatus status = await store.VerifyAsync("small", Cancel);
        Assert.Equal((DatasetState.Damaged, path, error.Problem), (status.State, status.File, status.Problem));
    }

    [Fact]
    public async Task Given_a_damaged_cache_when_fetched_by_force_then_it_is_good_again()
    {
        var store = new DatasetStore(_root.Path, [new FakeSource()]);
        await store.FetchAsync("small", cancellationToken: Cancel);
        File.WriteAllText(Path.Combine(SmallFolder, IdxFolder.TrainImages), "damage");

        await store.FetchAsync("small", force: true, cancellationToken: Cancel);

        Assert.Equal(DatasetState.Ok, Assert.Single(store.List()).State);
        Assert.Equal([SmallFolder], Directory.GetFileSystemEntries(_root.Path));
    }

    [Fact]
    public async Task Given_a_deleted_file_when_opened_then_the_gap_is_filled()
    {
        var source = new FakeSource();
        var store = new DatasetStore(_root.Path, [source]);
        await store.FetchAsync("small", cancellationToken: Cancel);
        string deleted = Path.Combine(SmallFolder, IdxFolder.TestLabels);
        File.Delete(deleted);

        DatasetStatus status = Assert.Single(store.List());
        await store.OpenAsync("small", null, Cancel);

        Assert.Equal((DatasetState.NotFetched, deleted, "is not there"), (status.State, status.File, status.Problem));
        Assert.Equal(2, source.Fetches);
        Assert.Equal(DatasetState.Ok, Assert.Single(store.List()).State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Given_two_stores_on_one_root_when_both_fetch_at_once_then_both_open_good_data(bool force)
    {
        // Neither goes on to move its files before the other has written its own.
        using var bothWritten = new CountdownEvent(2);
        var source = new FakeSource
        {
            AfterWriting = _ => Task.Run(() =>
            {
                bothWritten.Signal();
                bothWritten.Wait(Cancel);
            }),
        };
        DatasetStore[] stores = [new(_root.Path, [source]), new(_root.Path, [source])];

        await Task.WhenAll(stores.Select(store => store.FetchAsync("small", force, cancellationToken: Cancel)));

        Assert.Equal(2, source.Fetches);
        Assert.All(stores, store => Assert.Equal(DatasetState.Ok, Assert.Single(store.List()).State));
        Assert.Equal([SmallFolder], Directory.GetFileSystemEntries(_root.Path));
    }

    [Fact]
    public async Task Given_a_damaged_arrival_when_fetched_then_nothing_is_put_into_the_cache()
    {
        var source = new FakeSource
        {
            AfterWriting = folder => File.WriteAllTextAsync(Path.Combine(folder, IdxFolder.TestLabels), "x", Cancel),
        };
        var store = new DatasetStore(_root.Path, [source]);

        var error = await Assert.ThrowsAsync<DatasetException>(() => store.OpenAsync("small", null, Cancel));

        Assert.Equal(
            "small: the fetched file t10k-labels-idx1-ubyte has 1 bytes, not 10; "
            + "try again, or pass a folder that holds its files",
            error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_root.Path));
    }

    [Fact]
    public async Task Given_a_good_cache_when_a_forced_fetch_is_cancelled_then_the_cache_is_as_it_was()
    {
        using var stop = new CancellationTokenSource();
        await new DatasetStore(_root.Path, [new FakeSource()]).FetchAsync("small", cancellationToken: Cancel);
        var store = new DatasetStore(_root.Path, [new FakeSource { AfterWriting = _ => stop.CancelAsync() }]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.FetchAsync("small", force: true, cancellationToken: stop.Token));

        Assert.Equal(DatasetState.Ok, Assert.Single(store.List()).State);
        Assert.Equal([SmallFolder], Directory.GetFileSystemEntries(_root.Path));
    }

    [Fact]
    public async Task Given_leftovers_of_killed_fetches_when_fetching_then_only_those_over_a_day_old_go()
    {
        var clock = new FixedClock(new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero));
        Directory.CreateDirectory(_root[".fetch-small-old"]);
        Directory.SetLastWriteTimeUtc(_root[".fetch-small-old"], clock.GetUtcNow().UtcDateTime.AddHours(-25));
        Directory.CreateDirectory(_root[".fetch-small-new"]);
        Directory.SetLastWriteTimeUtc(_root[".fetch-small-new"], clock.GetUtcNow().UtcDateTime.AddHours(-23));

        await new DatasetStore(_root.Path, [new FakeSource()], clock).FetchAsync("small", cancellationToken: Cancel);

        Assert.Equal(
            [_root[".fetch-small-new"], SmallFolder], Directory.GetFileSystemEntries(_root.Path).Order());
    }

    [Fact]
    public async Task Given_a_folder_of_idx_files_when_opened_by_path_then_loaded_without_the_catalogue()
    {
        string folder = SmallData.Write(_root["mine"]);
        var store = new DatasetStore(_root["cache"], [new FakeSource()]);

        Dataset data = await store.OpenAsync(folder, null, Cancel);

        Assert.Equal(5, data.Train.Count);
        Assert.False(Directory.Exists(_root["cache"]));
    }

    [Fact]
    public async Task Given_a_path_to_nothing_when_opened_then_the_full_path_is_what_is_missing()
    {
        var store = new DatasetStore(_root.Path, [new FakeSource()]);

        var error = await Assert.ThrowsAsync<DatasetException>(() => store.OpenAsync("./no/small", null, Cancel));

        Assert.Equal($"{Path.GetFullPath("no/small")}: there is no such file or folder; check the path", error.Message);
    }

    [Theory]
    [InlineData("cifar", "cifar")]
    [InlineData("", "(empty)")]
    public async Task Given_an_unknown_name_when_used_then_the_known_names_and_folders_are_offered(
        string name, string shown)
    {
        var store = new DatasetStore(_root.Path);
        string message = $"{shown}: no data set has this name; known are cifar-10, cifar-100, fashion-mnist, mnist, "
            + "and the path of your own data works too";

        Assert.Equal(
            message, (await Assert.ThrowsAsync<DatasetException>(() => store.OpenAsync(name, null, Cancel))).Message);
        Assert.Equal(
            message, (await Assert.ThrowsAsync<DatasetException>(() => store.VerifyAsync(name, Cancel))).Message);
    }

    [Fact]
    public async Task Given_a_root_that_is_a_file_when_fetching_then_one_line_says_so()
    {
        File.WriteAllText(_root["file"], "");
        var store = new DatasetStore(_root["file"], [new FakeSource()]);

        var error = await Assert.ThrowsAsync<DatasetException>(() => store.OpenAsync("small", null, Cancel));

        Assert.StartsWith($"small: cannot be put into {_root["file"]} (", error.Message, StringComparison.Ordinal);
    }
}
